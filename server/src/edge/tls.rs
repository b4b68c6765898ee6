//! TLS 1.3 and 1.2 (RFC 8446, RFC 5246) by rustls. The certificate is read again when its file changes, and on demand.

use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::Tls;
use crate::failure::Failure;

/// The server's certificate, as it stands.
#[derive(Debug)]
pub struct Certificate {
    paths: Tls,
    current: RwLock<(Option<SystemTime>, Arc<CertifiedKey>)>,
}

impl Certificate {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// [`Failure`] for files that cannot be read, that are no PEM, or that do not belong together.
    pub fn load(paths: &Tls) -> Result<Arc<Self>, Failure> {
        let current = RwLock::new((changed(paths), read(paths)?));
        Ok(Arc::new(Self { paths: paths.clone(), current }))
    }

    /// Reads them again. Where that fails, the former ones go on.
    ///
    /// # Errors
    /// As [`Certificate::load`].
    pub fn reload(&self) -> Result<(), Failure> {
        let fresh = (changed(&self.paths), read(&self.paths)?);
        *self.current.write().unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Whether the files have changed since they were read.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).0 != changed(&self.paths)
    }

    /// What rustls serves with: HTTP/2 and HTTP/1.1, no client certificates.
    ///
    /// # Errors
    /// [`Failure`] where the provider lacks what the protocol needs.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, Failure> {
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::new(error.to_string(), "Report this: the build is broken."))?;
        let mut config = config.with_no_client_auth().with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).1.clone())
    }
}

/// The certificates of a PEM file.
///
/// # Errors
/// [`Failure`] where it cannot be read or holds none.
pub fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let unusable = |what: String| {
        Failure::new(
            format!("{}: {what}", path.display()),
            "Name a certificate chain in PEM, the server's own first.",
        )
    };
    let chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unusable(error.to_string()))?;
    if chain.is_empty() { Err(unusable("no certificate".to_owned())) } else { Ok(chain) }
}

fn read(paths: &Tls) -> Result<Arc<CertifiedKey>, Failure> {
    let unusable = |what: String| {
        Failure::new(format!("{}: {what}", paths.key.display()), "Name the key of the certificate, in PEM.")
    };
    let key = PrivateKeyDer::from_pem_file(&paths.key).map_err(|error| unusable(error.to_string()))?;
    let key = any_supported_type(&key).map_err(|error| unusable(error.to_string()))?;
    let certified = CertifiedKey::new(chain(&paths.certificate)?, key);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok(Arc::new(certified))
        }
        Err(error) => Err(unusable(error.to_string())),
    }
}

fn changed(paths: &Tls) -> Option<SystemTime> {
    let time = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    time(&paths.certificate).max(time(&paths.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_another_certificate_is_refused_and_the_former_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Tls { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        assert!(Certificate::load(&paths).is_err());
        let one = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&paths.certificate, one.cert.pem()).unwrap();
        std::fs::write(&paths.key, one.signing_key.serialize_pem()).unwrap();
        let certificate = Certificate::load(&paths).unwrap();
        std::fs::write(&paths.key, other.signing_key.serialize_pem()).unwrap();
        assert!(certificate.reload().is_err());
        assert_eq!(certificate.current.read().unwrap().1.cert, [one.cert.der().clone()]);
        std::fs::write(&paths.certificate, other.cert.pem()).unwrap();
        certificate.reload().unwrap();
        assert_eq!(certificate.current.read().unwrap().1.cert, [other.cert.der().clone()]);
        assert!(!certificate.has_changed());
    }
}
