//! A domain of Active Directory by Samba, with a few people. It is set up once, kept under `target`, and copied for each
//! test: a controller of its own, on a loopback address of its own, for Samba chooses no other ports than 389 and 636.

use std::fs::{self, Permissions};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::bench::{Rig, folder, secret};
use crate::host::{Host, program};

pub(crate) const BASE: &str = "DC=corp,DC=example";
/// Of the account that binds, a member of the builtin Administrators and not of Domain Admins.
pub(crate) const PASSWORD: &str = "Canary-Passw0rd-1";
pub(crate) const BINDS_AS: &str = "svc-nightlatch@corp.example";
/// Of everybody in the domain who signs on in a test.
pub(crate) const OLD_PASSWORD: &str = "Old-Passw0rd-2026";

/// Change it with anything below that the copy under `target` depends on.
const EDITION: &str = "samba-domain-3";

/// A running controller.
pub(crate) struct Domain {
    host: Host,
    address: IpAddr,
    ldbsearch: PathBuf,
}

/// The programs that a domain needs.
struct Programs {
    samba: PathBuf,
    samba_tool: PathBuf,
    ldbadd: PathBuf,
    ldbsearch: PathBuf,
}

impl Programs {
    fn find() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: needs root, as Samba listens on ports 389 and 636");
            return None;
        }
        let needs = "Samba's domain controller (samba-ad-dc, samba-ad-provision, ldb-tools)";
        if !Path::new("/usr/share/samba/setup/provision.ldif").exists() {
            println!("skipped: needs {needs}");
            return None;
        }
        Some(Self {
            samba: program("samba", needs)?,
            samba_tool: program("samba-tool", needs)?,
            ldbadd: program("ldbadd", needs)?,
            ldbsearch: program("ldbsearch", needs)?,
        })
    }
}

fn run(command: &mut Command) -> String {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}{}", lossy(&ran.stdout), lossy(&ran.stderr));
    lossy(&ran.stdout)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The settings of a controller whose things are in `folder`.
fn settings(folder: &Path, address: IpAddr) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    format!(
        "[global]\nnetbios name = DC1\nrealm = CORP.EXAMPLE\nworkgroup = CORP\n\
         server role = active directory domain controller\nserver services = ldap\n\
         interfaces = {address}/8\nbind interfaces only = yes\nlog level = 1\n\
         private dir = {}\nstate directory = {}\ncache directory = {}\nlock directory = {}\nbinddns dir = {}\n\
         pid directory = {}\nncalrpc dir = {}\ntls certfile = {}\ntls keyfile = {}\ntls cafile = {}\n",
        at("private"),
        at("state"),
        at("cache"),
        at("lock"),
        at("bind-dns"),
        at("run"),
        at("ncalrpc"),
        at("dc.pem"),
        at("dc.key"),
        at("ca.pem"),
    )
}

/// An entry in LDIF.
fn entry(dn: &str, class: &str, attributes: &[(&str, &str)]) -> String {
    let attributes: String = attributes.iter().flat_map(|(name, value)| [*name, ": ", *value, "\n"]).collect();
    format!("dn:: {}\nobjectClass: {class}\n{attributes}\n", STANDARD.encode(dn))
}

/// A person of the staff, enabled, with a password that never expires.
fn person(name: &str, login: &str, more: &[(&str, &str)]) -> String {
    let upn = format!("{login}@corp.example");
    let own = [("sAMAccountName", login), ("userPrincipalName", &upn), ("userAccountControl", "66048")];
    let cn = name.replace('\\', "\\\\").replace(',', "\\,").replace('#', "\\#");
    entry(&format!("CN={cn},OU=Staff,{BASE}"), "user", &[&own, more].concat())
}

fn group(name: &str, members: &[&str]) -> String {
    let members: Vec<String> = members.iter().map(|name| format!("CN={name},OU=Staff,{BASE}")).collect();
    let members: Vec<(&str, &str)> = members.iter().map(|dn| ("member", dn.as_str())).collect();
    let own = [("sAMAccountName", name)];
    entry(&format!("CN={name},OU=Groups,{BASE}"), "group", &[&own[..], &members].concat())
}

fn everybody() -> String {
    let bravo = r"Doe\, Bravo (Sales)* \#2 ä";
    let ous = ["Staff", "Groups", "Leavers"].map(|ou| entry(&format!("OU={ou},{BASE}"), "organizationalUnit", &[]));
    let people = [
        person(
            "Alfa Doe",
            "alfa.doe",
            &[("mail", "alfa.doe@corp.example"), ("employeeID", "1001"), ("description", "Sales, Berlin")],
        ),
        person("Doe, Bravo (Sales)* #2 ä", "bravo.doe", &[("mail", "bravo.doe@corp.example")]),
        person("Charlie Doe", "charlie.doe", &[]),
        person("Charlie Doe 2", "charlie2", &[("proxyAddresses", "smtp:charlie.doe@corp.example")]),
        person(
            "Delta Doe",
            "delta.doe",
            &[("proxyAddresses", "SMTP:delta.alias@corp.example"), ("employeeID", "1004")],
        ),
        person("Echo Doe", "echo.doe", &[("mail", "echo.other@corp.example"), ("employeeID", "1005")]),
        person("Foxtrot Admin", "foxtrot.admin", &[]),
        person("Golf Clerk", "golf.clerk", &[]),
    ];
    let groups =
        [group("Sales", &["Alfa Doe", bravo]), group("Project (X)", &["Alfa Doe"]), group("Others", &["Charlie Doe"])];
    [&ous[..], &people, &groups].concat().concat()
}

/// The domain's files as they are before anybody leaves.
fn template(programs: &Programs) -> PathBuf {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(EDITION);
    if kept.exists() {
        return kept;
    }
    let making = kept.with_extension(std::process::id().to_string());
    let _ = fs::remove_dir_all(&making);
    fs::create_dir_all(&making).unwrap();
    let conf = making.join("smb.conf");
    fs::write(&conf, settings(&making, Ipv4Addr::LOCALHOST.into())).unwrap();
    let tool = || {
        let mut tool = Command::new(&programs.samba_tool);
        tool.env("KRB5_CONFIG", making.join("private/krb5.conf"));
        tool
    };
    run(tool()
        .args(["domain", "provision", "--server-role=dc", "--dns-backend=NONE", "--realm=CORP.EXAMPLE"])
        .args(["--domain=CORP", "--host-name=dc1", "--adminpass=Adm1n-Passw0rd-9", "--option=vfs objects="])
        .arg(format!("--option=posix:eadb={}", making.join("eadb.tdb").display()))
        .arg(format!("--targetdir={}", making.display())));
    fs::write(&conf, settings(&making, Ipv4Addr::LOCALHOST.into())).unwrap();
    let sam = making.join("private/sam.ldb");
    let people = making.join("people.ldif");
    fs::write(&people, everybody()).unwrap();
    run(Command::new(&programs.ldbadd).arg("-H").arg(&sam).arg(&people));
    let tool = |arguments: &[&str]| run(tool().args(arguments).arg("-s").arg(&conf).arg("-H").arg(&sam));
    tool(&["user", "create", "svc-nightlatch", PASSWORD]);
    tool(&["group", "addmembers", "Administrators", "svc-nightlatch"]);
    tool(&["group", "addmembers", "Domain Admins", "foxtrot.admin"]);
    for login in ["alfa.doe", "golf.clerk"] {
        tool(&["user", "setpassword", login, &format!("--newpassword={OLD_PASSWORD}")]);
    }
    // Another test may have been faster.
    let _ = fs::rename(&making, &kept);
    let _ = fs::remove_dir_all(&making);
    kept
}

/// A loopback address on which nobody serves LDAP yet.
fn address() -> IpAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [low, high, ..] = std::process::id().to_le_bytes();
    loop {
        let address = IpAddr::from([127, 100 + high % 100, low, NEXT.fetch_add(1, Ordering::Relaxed)]);
        if [389, 636].iter().all(|port| TcpListener::bind((address, *port)).is_ok()) {
            return address;
        }
    }
}

/// A certificate for this address, and the authority that signed it.
fn certify(folder: &Path, address: IpAddr) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::OrganizationName, "Corp Example CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![address.to_string()]).unwrap().signed_by(&key, &authority).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    fs::write(folder.join("dc.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("dc.key"), key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("dc.key"), Permissions::from_mode(0o600)).unwrap();
}

impl Domain {
    /// A controller, if this machine can have one.
    pub(crate) fn start() -> Option<Self> {
        let programs = Programs::find()?;
        let kept = template(&programs);
        let home = tempfile::tempdir().unwrap();
        run(Command::new("cp").arg("-a").arg(kept.join(".")).arg(home.path()));
        let address = address();
        certify(home.path(), address);
        let conf = home.path().join("smb.conf");
        fs::write(&conf, settings(home.path(), address)).unwrap();
        let mut samba = Command::new(&programs.samba);
        // Interactive: it ends with its input.
        samba.args(["-i", "-M", "single", "--debug-stdout", "-s"]).arg(&conf);
        let host = Host::at(SocketAddr::new(address, 636), home, samba);
        Some(Self { host, address, ldbsearch: programs.ldbsearch })
    }

    /// The keys of a section that binds as this account.
    pub(crate) fn section(&self, who: &str, password: &str) -> String {
        let ca = self.host.folder().join("ca.pem");
        format!(
            "type='active-directory'\nurls=['ldaps://{}']\nca='file:{}'\nbind_as='{who}'\npassword='{password}'\n\
             base_dn='{BASE}'\nleavers_ou='ou=leavers, {BASE}'",
            self.address,
            ca.display(),
        )
    }

    pub(crate) fn rig(&self) -> Rig {
        self.rig_as(BINDS_AS, PASSWORD, |section| section)
    }

    pub(crate) fn rig_as(&self, who: &str, password: &str, change: impl FnOnce(String) -> String) -> Rig {
        let folder = folder();
        let password = secret(folder.path(), "password", password);
        let rig = Rig::new("ad", &change(self.section(who, &password)));
        Rig { folder: Some(folder), ..rig }
    }

    /// The values of an attribute of the one entry that fits, as Samba's own tool reads them from the files.
    pub(crate) fn read(&self, filter: &str, attribute: &str) -> Vec<String> {
        let sam = self.host.folder().join("private/sam.ldb");
        let mut ldbsearch = Command::new(&self.ldbsearch);
        let found = run(ldbsearch.arg("-H").arg(sam).args(["-b", BASE, filter, attribute]));
        let (text, coded) = (format!("{attribute}: "), format!("{attribute}:: "));
        let decoded = |code: &str| String::from_utf8(STANDARD.decode(code).unwrap()).unwrap();
        // Long lines are folded (RFC 2849).
        let lines = found.replace("\n ", "");
        let mut values: Vec<String> = lines
            .lines()
            .filter_map(|line| {
                line.strip_prefix(&text).map(str::to_owned).or_else(|| line.strip_prefix(&coded).map(decoded))
            })
            .collect();
        values.sort();
        values
    }

    /// The same of the account with this login.
    pub(crate) fn of(&self, login: &str, attribute: &str) -> String {
        let values = self.read(&format!("(sAMAccountName={login})"), attribute);
        values.join(" | ")
    }
}
