import { createHash, generateKeyPairSync } from 'node:crypto';

/** A new P2P identity: what `config/node_key.json` holds, and the id that `/status` then says. */
export interface NodeKey {
  readonly id: string;
  readonly json: string;
}

/** A key in CometBFT's form: seed and public key together in base64; the id is the first 20 bytes of the public key's SHA-256. */
export function makeNodeKey(): NodeKey {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (jwk.d === undefined || jwk.x === undefined) throw new Error('an Ed25519 key without its parts');
  const publicKey = Buffer.from(jwk.x, 'base64url');
  const value = Buffer.concat([Buffer.from(jwk.d, 'base64url'), publicKey]).toString('base64');
  return {
    id: createHash('sha256').update(publicKey).digest('hex').slice(0, 40),
    json: JSON.stringify({ priv_key: { type: 'tendermint/PrivKeyEd25519', value } }),
  };
}
