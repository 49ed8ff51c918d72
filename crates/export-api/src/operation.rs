//! The operations, one file each.

mod create_alias;
mod create_key;
mod delete_alias;
mod delete_key;
mod export_key;
mod get_alias;
mod get_certificate_signing_request;
mod get_key;
mod get_parameters_for_export;
mod get_parameters_for_import;
mod get_public_key_certificate;
mod import_key;
mod list_aliases;
mod list_keys;
mod list_tags_for_resource;
mod parameters;
mod restore_key;
mod start_key_usage;
mod stop_key_usage;
mod tag_resource;
mod untag_resource;
mod update_alias;

use crate::names::named_enum;

pub(crate) use create_alias::CreateAlias;
pub(crate) use create_key::{CreateKey, ID_LENGTH, check_method, check_value};
pub(crate) use delete_alias::DeleteAlias;
pub(crate) use delete_key::DeleteKey;
pub(crate) use export_key::ExportKey;
pub(crate) use get_alias::GetAlias;
pub(crate) use get_certificate_signing_request::GetCertificateSigningRequest;
pub(crate) use get_key::GetKey;
pub(crate) use get_parameters_for_export::GetParametersForExport;
pub(crate) use get_parameters_for_import::GetParametersForImport;
pub(crate) use get_public_key_certificate::GetPublicKeyCertificate;
pub(crate) use import_key::ImportKey;
pub(crate) use list_aliases::ListAliases;
pub(crate) use list_keys::ListKeys;
pub(crate) use list_tags_for_resource::ListTagsForResource;
pub(crate) use restore_key::RestoreKey;
pub(crate) use start_key_usage::StartKeyUsage;
pub(crate) use stop_key_usage::StopKeyUsage;
pub(crate) use tag_resource::TagResource;
pub(crate) use untag_resource::UntagResource;
pub(crate) use update_alias::UpdateAlias;

named_enum! {
    /// An operation of the control plane, under the API's name.
    pub enum Operation {
        /// Gives a key a second name.
        CreateAlias = "CreateAlias",
        /// Makes a key.
        CreateKey = "CreateKey",
        /// Removes a second name.
        DeleteAlias = "DeleteAlias",
        /// Schedules the destruction of a key.
        DeleteKey = "DeleteKey",
        /// Hands out a key, wrapped.
        ExportKey = "ExportKey",
        /// Reads a second name.
        GetAlias = "GetAlias",
        /// Asks for a certificate in the name of a key pair.
        GetCertificateSigningRequest = "GetCertificateSigningRequest",
        /// Reads what is known of a key.
        GetKey = "GetKey",
        /// Gives a signing certificate and the token of its key.
        GetParametersForExport = "GetParametersForExport",
        /// Gives a certificate to wrap keys under and the token of its key.
        GetParametersForImport = "GetParametersForImport",
        /// Reads the certificate of a public key or a key pair.
        GetPublicKeyCertificate = "GetPublicKeyCertificate",
        /// Takes a key, or a certificate that is to be trusted.
        ImportKey = "ImportKey",
        /// Lists second names.
        ListAliases = "ListAliases",
        /// Lists keys.
        ListKeys = "ListKeys",
        /// Lists the labels of a key.
        ListTagsForResource = "ListTagsForResource",
        /// Takes back a scheduled destruction.
        RestoreKey = "RestoreKey",
        /// Enables a key.
        StartKeyUsage = "StartKeyUsage",
        /// Disables a key.
        StopKeyUsage = "StopKeyUsage",
        /// Labels a key.
        TagResource = "TagResource",
        /// Removes labels from a key.
        UntagResource = "UntagResource",
        /// Points a second name elsewhere.
        UpdateAlias = "UpdateAlias",
    }
}

impl Operation {
    /// Whether the operation changes nothing and hands out no key.
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        matches!(
            self,
            Self::GetAlias
                | Self::GetKey
                | Self::ListAliases
                | Self::ListKeys
                | Self::ListTagsForResource
        )
    }
}
