# The seed document's two pages, from a synced palomad to an upgrade that chainvisor makes by itself: what an operator types, in order.
# As root; the node's user is paloma, his palomad stands at /opt/bin/palomad as before.
set -eux
export DAEMON_NAME=palomad DAEMON_HOME=/home/paloma/.paloma

# Folders, link, first binary, config.toml: as the node's user.
runuser -u paloma -- chainvisor init /opt/bin/palomad

# The unit with its environment, what differs from it as the document has it, and the node.
chainvisor systemd install --env PIGEON_HEALTHCHECK_PORT=5757 --dry-run
chainvisor systemd install --env PIGEON_HEALTHCHECK_PORT=5757
systemctl start palomad

# The next binary, fetched, verified and in its place days before the height, every half hour anew.
chainvisor-stager systemd install
systemctl start palomad-stager.timer

# What is still wrong, if anything.
chainvisor doctor --unit palomad
