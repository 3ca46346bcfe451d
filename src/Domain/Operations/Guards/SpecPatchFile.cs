namespace Sluice.Domain.Operations.Guards;

/// <summary>A change of the spec for somebody else to apply.</summary>
/// <param name="Path">The file in the repository; where none is known, a name made from the pipeline's.</param>
/// <param name="Diff">From what the newest revision or the cluster says, as <c>git apply</c> reads it; empty where nothing changes.</param>
/// <param name="Manifest">The whole custom resource afterwards, as YAML: for files that are written in another way than the diff expects.</param>
public sealed record SpecPatchFile(string Path, string Diff, string Manifest);
