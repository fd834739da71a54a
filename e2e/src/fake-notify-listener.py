"""Plays the part of systemd at the end of NOTIFY_SOCKET: one JSON line a message on stdout, the first once it listens.

Two lines on stdin: the socket, as NOTIFY_SOCKET names it, and how a path in a node's command line begins. As arguments they would
make this one of the processes of the home."""

import array
import json
import os
import socket
import struct
import sys
import time

ADDRESS, NODE = sys.stdin.read().splitlines()


def nodes():
    """Who runs with that text in the command line, at this moment."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if any(word.startswith(NODE.encode()) for word in words) and b"start" in words:
            found.append(int(name))
    return found


def say(**line):
    print(json.dumps(line), flush=True)


listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
listener.bind("\0" + ADDRESS[1:] if ADDRESS.startswith("@") else ADDRESS)
say(listening=ADDRESS)
while True:
    data, ancillary, _, _ = listener.recvmsg(65536, 4096)
    pid = 0
    for _, kind, payload in ancillary:
        if kind == socket.SCM_RIGHTS:
            # That of a barrier: systemd-notify waits until it is closed.
            whole = len(payload) - len(payload) % array.array("i").itemsize
            for descriptor in array.array("i", payload[:whole]):
                os.close(descriptor)
        elif kind == socket.SCM_CREDENTIALS:
            pid = struct.unpack("3i", payload)[0]
    text = data.decode()
    if text != "BARRIER=1":
        say(at=int(time.time() * 1000), pid=pid, text=text, nodes=nodes())
