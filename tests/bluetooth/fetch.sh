#!/usr/bin/env bash
# Gets what the Bluetooth tests need and no Debian has installed: a kernel with Bluetooth, an emulator and another
# Bluetooth stack, unpacked into a folder of their own (the emulator, installed, would remove other packages).
#
#   tests/bluetooth/fetch.sh DIR
#
# A second run finds everything and changes nothing.
set -euo pipefail
dir=$(mkdir -p "$1" && realpath "$1")
cd "$dir"

# For the client: a Bluetooth stack that nobody here wrote. Debian's own Python runs it, which has `cryptography`.
stack=(bumble==0.0.236 pyee==13.0.1 typing_extensions==4.16.0 blake3==1.0.11)
if [ "$(cat python/done 2>/dev/null)" != "${stack[*]}" ]; then
  rm -rf python
  /usr/bin/python3 -m pip install -q --no-deps --only-binary :all: --no-compile --root-user-action ignore \
    --disable-pip-version-check --target python "${stack[@]}"
  echo "${stack[*]}" > python/done
fi

[ -e done ] && exit 0

kernel=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
[ -n "$kernel" ] || { echo "fetch: this Debian has no linux-image-amd64" >&2; exit 1; }
apt-get -qq download "$kernel" 2>/dev/null
mkdir -p kernel qemu debs/partial
dpkg-deb -x "$kernel"_*.deb kernel
rm -f "$kernel"_*.deb
apt-get -qq -y install --no-install-recommends --download-only \
  -o Dir::Cache::archives="$dir/debs" qemu-system-x86 >/dev/null
for file in debs/*.deb; do dpkg-deb -x "$file" qemu; done
rm -rf debs

# A first root: enough to mount the host's files.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
version=$(ls kernel/lib/modules)
depmod -b kernel "$version"
mkdir -p "$root"/{bin,lib,proc,sys,dev,new,ro,rw}
cp "$(command -v busybox)" "$root/bin/busybox"
for module in virtio_pci virtio_rng 9pnet_virtio 9p overlay aes_generic cmac ecb ecdh_generic \
  algif_hash algif_skcipher uhid bluetooth hci_vhci; do
  while read -r path; do
    name=$(basename "$path")
    [ -e "$root/lib/$name" ] && continue
    cp "$path" "$root/lib/"
    echo "$name" >> "$root/lib/order"
  done < <(modprobe -d kernel -S "$version" --show-depends "$module" | awk '/^insmod/ { print $2 }')
done
cat > "$root/init" <<'I'
#!/bin/busybox sh
export PATH=/bin
B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t sysfs sys /sys; $B mount -t devtmpfs dev /dev
for m in $($B cat /lib/order); do $B insmod "/lib/$m" || $B echo "insmod $m failed"; done
$B mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose,ro hostroot /ro || $B poweroff -f
$B mount -t tmpfs tmpfs /rw; $B mkdir /rw/u /rw/w
$B mount -t overlay -o lowerdir=/ro,upperdir=/rw/u,workdir=/rw/w overlay /new
for d in proc sys dev; do $B mount --move /$d /new/$d; done
$B mount -t tmpfs tmpfs /new/run
$B mkdir -p /new/run/out
$B mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=none hostout /new/run/out
exec $B switch_root /new /bin/bash /run/out/guest.sh
I
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) > initrd.cpio
touch done
