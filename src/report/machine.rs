//! Results as documents of JSON and YAML.

use super::results::Results;

/// A form that machines read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineFormat {
    /// JSON, indented.
    Json,
    /// YAML.
    Yaml,
}

impl MachineFormat {
    /// Results as a document that ends in a newline.
    ///
    /// # Errors
    /// What the writer of the format says; no results are known to cause it.
    pub fn write(self, results: &Results) -> Result<String, String> {
        match self {
            MachineFormat::Json => serde_json::to_string_pretty(results)
                .map(|text| text + "\n")
                .map_err(|error| error.to_string()),
            MachineFormat::Yaml => serde_yaml::to_string(results).map_err(|error| error.to_string()),
        }
    }
}
