namespace Sluice.Domain.Specs;

/// <summary>What came out of one check.</summary>
public enum CheckResult
{
    /// <summary>In order.</summary>
    Good,

    /// <summary>Would be accepted, and may not be what was meant.</summary>
    Caution,

    /// <summary>Nobody can tell, or whoever can did not answer.</summary>
    Unknown,

    /// <summary>Would be refused.</summary>
    Bad,
}

/// <summary>One row of the dry run.</summary>
/// <param name="Result">What came out.</param>
/// <param name="Text">In words.</param>
/// <param name="Source">Who said so: <c>here</c>, <c>API server</c>, a cluster, <c>nobody can</c>.</param>
/// <param name="Path">The field that it is about, to go to; null for none.</param>
/// <param name="Fix">What to do; may be empty.</param>
public sealed record RegistrationRow(CheckResult Result, string Text, string Source, string? Path = null, string Fix = "");

/// <summary>The dry run as a whole.</summary>
/// <param name="Cluster">Where.</param>
/// <param name="At">When it was done.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Rows">All checks.</param>
/// <param name="Problems">The problems of the manifest, the server's field errors among them, for the form and the YAML.</param>
public sealed record RegistrationReport(string Cluster, DateTimeOffset At, TimeSpan Took, IReadOnlyList<RegistrationRow> Rows, IReadOnlyList<SpecProblem> Problems)
{
    /// <summary>True where it cannot be registered as it is.</summary>
    public bool Refused => Rows.Any(r => r.Result == CheckResult.Bad);

    /// <summary>True where the API server itself took it.</summary>
    public bool AcceptedByServer { get; init; }
}
