# PID 1 of a machine of its own: namespaces from `unshare`, a real systemd on top. $1: its directory, $2: the Node that runs programs.
# /home and /opt are directories of $1, /etc is written to a copy, units are only those that stand below and those that are installed.
set -e
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" /etc
mount -t tmpfs tmpfs /run
mount --bind "$1/home" /home
mount --bind "$1/opt" /opt
mount --bind "$2" /opt/node
# What systemd keeps from one boot to the next, and the private directories of services, which it has no time to remove.
for own in /var/lib/systemd /var/tmp /tmp; do
  mount -t tmpfs -o mode=1777 tmpfs "$own"
done
mount -t tmpfs tmpfs /usr/lib/systemd/system
mount -t tmpfs tmpfs /usr/lib/systemd/system-generators
for target in sysinit basic shutdown multi-user network-online network timers sockets paths; do
  printf '[Unit]\nDescription=%s\n' "$target" >"/usr/lib/systemd/system/$target.target"
done
rm -rf /etc/systemd/system && mkdir /etc/systemd/system
mkdir /etc/systemd/system/service.d
# There is no journal: what services say goes to a file.
printf '[Service]\nStandardOutput=append:/home/log\nStandardError=append:/home/log\n' >/etc/systemd/system/service.d/log.conf
printf 'paloma:x:4242:4242::/home/paloma:/bin/sh\n' >>/etc/passwd
printf 'paloma:x:4242:\n' >>/etc/group
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup
exec env -i container=chainvisor PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no
