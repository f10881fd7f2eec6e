//! The virtual machine, and the devices that it gets.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use commune_crdt::{genesis::Genesis, hash::to_hex};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lab::Skip;

const PROGRAM: &str = env!("CARGO_BIN_EXE_commune");

/// People of the made-up graph, and certifications: with the joins some 100 kB of entries.
const PEOPLE: usize = 40;
const CERTIFICATIONS: usize = 520;

/// Of a second network, whose transfer takes some seconds.
const MANY_PEOPLE: usize = 120;
const MANY_CERTIFICATIONS: usize = 3_600;

/// No scenario takes so long: the machine hangs.
const STALL: Duration = Duration::from_secs(130);

/// A machine that is ready to start, and a folder that it shares.
#[derive(Debug)]
pub(crate) struct Bed {
    machine: PathBuf,
    out: TempDir,
}

impl Bed {
    /// Makes devices: two with a graph each, and others that joined their networks and have nothing.
    pub(crate) fn new() -> Result<Self, Skip> {
        let machine = std::env::var_os("COMMUNE_BLUETOOTH_BED").map_or_else(
            || {
                let home = std::env::var_os("HOME").unwrap_or_default();
                Path::new(&home).join(".cache/commune/bluetooth-bed")
            },
            PathBuf::from,
        );
        if !machine.join("done").exists() {
            let why = format!(
                "no virtual machine at {}: packaging/setup.sh fetches it",
                machine.display()
            );
            return Err(Skip::new(why));
        }
        if !machine.join("python/bumble").exists() {
            let why = "no other Bluetooth stack for the client: packaging/setup.sh fetches it";
            return Err(Skip::new(why.to_owned()));
        }
        for tool in ["/usr/bin/btvirt", "/usr/libexec/bluetooth/bluetoothd"] {
            if !Path::new(tool).exists() {
                return Err(Skip::new(format!("{tool} is missing: packaging/setup.sh")));
            }
        }
        let bed = Self {
            machine,
            out: TempDir::new().unwrap(),
        };
        bed.furnish();
        Ok(bed)
    }

    fn furnish(&self) {
        let devices = self.out.path().join("devices");
        fs::create_dir(&devices).unwrap();
        let ok = |name: &str, args: &[&str]| -> Value {
            let output = Command::new(PROGRAM)
                .arg("--data-dir")
                .arg(devices.join(name))
                .args(args)
                .args(["--json", "--no-input", "-q"])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(output.status.success(), "{args:?}: {output:?}");
            serde_json::from_slice(&output.stdout).unwrap()
        };
        let network = |people: usize, certifications: usize, first: &str, others: &[&str]| {
            let edges: String = (0..certifications)
                .map(|n| {
                    let (from, step) = (n % people, 1 + n / people);
                    format!("{from},{}\n", (from + step) % people)
                })
                .collect();
            let graph = self.out.path().join("graph.csv");
            fs::write(&graph, format!("issuer,receiver\n{edges}")).unwrap();
            let genesis = self.out.path().join(format!("genesis.{first}"));
            let (graph, genesis) = (graph.to_str().unwrap(), genesis.to_str().unwrap());
            ok(first, &["init", "--no-passphrase", "--name", first]);
            let imported = ok(first, &["import", "duniter", graph, "--genesis", genesis]);
            for name in others {
                ok(name, &["init", "--no-passphrase", "--name", name]);
                ok(name, &["join", genesis]);
            }
            imported["entries"].clone()
        };
        let entries = json!({
            "entries": network(PEOPLE, CERTIFICATIONS, "a", &["b", "c"]),
            "many": network(MANY_PEOPLE, MANY_CERTIFICATIONS, "d", &["e"]),
        });
        fs::write(self.out.path().join("devices.json"), entries.to_string()).unwrap();
        fs::write(
            self.out.path().join("network.json"),
            self.known().to_string(),
        )
        .unwrap();
        for (file, text) in [
            ("guest.sh", include_str!("guest.sh")),
            ("guest.py", include_str!("guest.py")),
            ("client.py", include_str!("client.py")),
        ] {
            fs::write(self.out.path().join(file), text).unwrap();
        }
        // By its place in this folder: the guest sees no path of the host's target folder.
        fs::copy(PROGRAM, self.out.path().join("commune")).unwrap();
    }

    /// What the client on another stack gets: all that a device of the first network knows from the start.
    fn known(&self) -> Value {
        let genesis = fs::read(self.out.path().join("genesis.a")).unwrap();
        let genesis = Genesis::decode(&genesis).unwrap();
        json!({
            "id": to_hex(genesis.network().as_bytes()),
            "secret": to_hex(genesis.secret().unwrap().as_bytes()),
            "python": self.machine.join("python"),
        })
    }

    /// Gives back what the scenarios found, after `limit` seconds at most. A machine that falls over is
    /// started again for what is left; a scenario in which that happens twice is broken.
    pub(crate) fn play(&self, limit: u64) -> Value {
        let until = Instant::now() + Duration::from_secs(limit);
        let mut fell_in = Vec::new();
        loop {
            self.run(until);
            let read = |file: &str| fs::read(self.out.path().join(file)).unwrap_or_default();
            println!("{}", String::from_utf8_lossy(&read("log")));
            let mut played: Value =
                serde_json::from_slice(&read("results.json")).unwrap_or_else(|_| json!({}));
            let is_over = self.out.path().join("finished").exists() || Instant::now() > until;
            if is_over {
                played["machine"] = json!({ "fell": fell_in.len() });
                return played;
            }
            let playing = String::from_utf8_lossy(&read("playing")).into_owned();
            println!(
                "the machine fell over in {playing:?}: {}",
                String::from_utf8_lossy(&read("console"))
            );
            if fell_in.contains(&playing) {
                played[&playing] = json!({"broke": "the machine fell over twice"});
                let results = self.out.path().join("results.json");
                fs::write(results, played.to_string()).unwrap();
            }
            fell_in.push(playing);
            assert!(fell_in.len() <= 4, "machines fall over in {fell_in:?}");
        }
    }

    /// When the guest last got on.
    fn last_sign(&self) -> Option<SystemTime> {
        let changed = |file: &str| {
            fs::metadata(self.out.path().join(file))
                .ok()?
                .modified()
                .ok()
        };
        changed("playing").max(changed("results.json"))
    }

    /// Runs one machine to its end, until it gets on no more, or until `until`.
    fn run(&self, until: Instant) {
        let under = |path: &str| self.machine.join(path);
        let library = |path: &str| under(path).display().to_string();
        let kernel = fs::read_dir(under("kernel/boot"))
            .unwrap()
            .flatten()
            .map(|it| it.path())
            .find(|it| {
                it.file_name()
                    .is_some_and(|it| it.to_string_lossy().starts_with("vmlinuz"))
            })
            .unwrap();
        let console = fs::File::create(self.out.path().join("console")).unwrap();
        let share = |id: &str, path: &str, mode: &str| {
            format!("local,id={id},path={path},security_model=none{mode}")
        };
        let mut machine = Command::new(under("qemu/usr/bin/qemu-system-x86_64"))
            .env(
                "LD_LIBRARY_PATH",
                format!(
                    "{}:{}",
                    library("qemu/usr/lib/x86_64-linux-gnu"),
                    library("qemu/lib/x86_64-linux-gnu")
                ),
            )
            .arg("-L")
            .arg(under("qemu/usr/share/qemu"))
            .arg("-L")
            .arg(under("qemu/usr/share/seabios"))
            // Hardware help is nested where tests run, and hangs.
            .args(["-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512"])
            .args(["-cpu", "Nehalem", "-smp", "2", "-m", "1024"])
            .args([
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
            ])
            .arg("-kernel")
            .arg(kernel)
            .arg("-initrd")
            .arg(under("initrd.cpio"))
            .args([
                "-append",
                "console=ttyS0 panic=-1 quiet loglevel=4 mitigations=off tsc=reliable \
                 random.trust_cpu=on audit=0",
            ])
            .args(["-serial", "stdio", "-monitor", "none"])
            .args(["-fsdev", &share("r", "/", ",readonly=on,multidevs=remap")])
            .args(["-device", "virtio-9p-pci,fsdev=r,mount_tag=hostroot"])
            .args([
                "-fsdev",
                &share("o", &self.out.path().display().to_string(), ""),
            ])
            .args(["-device", "virtio-9p-pci,fsdev=o,mount_tag=hostout"])
            .args(["-device", "virtio-rng-pci"])
            .stdin(Stdio::null())
            .stdout(console.try_clone().unwrap())
            .stderr(console)
            .spawn()
            .unwrap();
        let (mut last, mut since) = (self.last_sign(), Instant::now());
        while machine.try_wait().unwrap().is_none() {
            let now = self.last_sign();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if Instant::now() > until || since.elapsed() > STALL {
                machine.kill().unwrap();
                machine.wait().unwrap();
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
