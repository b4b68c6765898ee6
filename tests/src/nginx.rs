//! A peer to measure against: Debian's nginx over WebDAV.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a stage prop that fails stops its run")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Writes everything of the folder's file system to its disk, as no upload of a peer does.
///
/// # Panics
/// Where that fails.
pub fn sync(folder: &Path) {
    assert!(Command::new("sync").arg("-f").arg(folder).status().unwrap().success());
}

/// A server that takes files over WebDAV, with one worker, on a free port.
pub struct Nginx {
    process: Child,
    port: u16,
}

impl Nginx {
    /// Starts it on this folder.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (root, temporary) = (folder.join("root"), folder.join("temporary"));
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(&temporary).unwrap();
        // Listing folders takes a module of its own; uploads do without.
        let (module, listing) = match Path::new(MODULE).is_file() {
            true => (format!("load_module {MODULE};"), "dav_ext_methods PROPFIND OPTIONS;"),
            false => (String::new(), ""),
        };
        let text = format!(
            "{module} daemon off; worker_processes 1; pid {0}/pid; error_log stderr; events {{ worker_connections 64; }}
http {{ access_log off; client_max_body_size 0; client_body_temp_path {0}; sendfile on;
  server {{ listen 127.0.0.1:{port}; root {1}; location / {{ dav_methods PUT DELETE MKCOL COPY MOVE; create_full_put_path on; {listing} }} }} }}",
            temporary.display(),
            root.display()
        );
        let path = folder.join("nginx.conf");
        fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        // Its workers would run as nobody and could not write here.
        #[allow(clippy::zombie_processes, reason = "it is waited for when dropped")]
        let process = Command::new("nginx")
            .args(["-g", "user root;", "-c"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Self { process, port };
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("nginx does not start");
    }

    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master ends its workers on SIGTERM; killed, it would leave them.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// What Debian's package libnginx-mod-http-dav-ext brings.
pub const MODULE: &str = "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so";
