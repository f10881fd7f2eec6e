# Process 1 of the virtual machine: starts what a Linux desktop has, then the scenarios, then ends.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /var/lib/bluetooth /run/dbus
mount -t tmpfs tmpfs /var/lib/bluetooth
mount -t tmpfs tmpfs /tmp
ip link set lo up
dbus-daemon --system --fork
/usr/bin/python3 /run/out/guest.py > /run/out/log 2>&1 || echo "guest: failed" >> /run/out/log
sync
echo 1 > /proc/sys/kernel/sysrq
echo b > /proc/sysrq-trigger
sleep 5
