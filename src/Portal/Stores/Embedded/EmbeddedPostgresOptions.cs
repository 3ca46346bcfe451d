namespace Sluice.Portal.Stores.Embedded;

/// <summary>How the private PostgreSQL runs.</summary>
public sealed class EmbeddedPostgresOptions
{
    /// <summary>The directory that holds its data, password and log; kept between runs.</summary>
    public required string Directory { get; init; }

    /// <summary>Where <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> are; null to search.</summary>
    public string? Binaries { get; init; }

    /// <summary>More settings of <c>postgresql.conf</c>, for example <c>fsync=off</c> in tests.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long a start may take, crash recovery included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
