// The ways in to the versions of a dataset that OpenLineage's runs wrote: the newest before a time, and by what they are called.
//
// access: schema
CREATE INDEX artifact_dataset_written IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.namespace, artifact.dataset, artifact.written);
CREATE INDEX artifact_dataset_version IF NOT EXISTS
FOR (artifact:Artifact) ON (artifact.namespace, artifact.dataset, artifact.dataset_version);
