using System.Globalization;

namespace Sluice.Portal.Stores.Embedded;

/// <summary>Where PostgreSQL's programs are on this machine.</summary>
public sealed record PostgresBinaries(string Directory)
{
    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    public string this[string program] => Path.Combine(Directory, program);

    /// <summary>Looks at the configured directory, else where Debian, Red Hat and Homebrew put them, newest first, else at PATH.</summary>
    /// <param name="configured">A directory that an administrator chose; nothing else is looked at then.</param>
    /// <param name="major">The major version that existing data needs; null for any.</param>
    public static PostgresBinaries Find(string? configured, string? major)
    {
        var candidates = configured is not null ? [configured] : Candidates().ToList();
        var found = candidates.FirstOrDefault(directory => IsComplete(directory) && (major is null || configured is not null || MajorOf(directory) is not { } have || have == major));
        if (found is not null) return new(found);
        if (configured is not null)
            throw new EmbeddedPostgresException($"No PostgreSQL programs (initdb, pg_ctl, postgres) are in {configured}. Correct Sluice:Database:Binaries, or leave it out to search the usual places.");
        if (major is not null && candidates.Any(IsComplete))
            throw new EmbeddedPostgresException($"The data was written by PostgreSQL {major}, which is not installed here; the installed one cannot read it. Install it (apt-get install postgresql-{major}), or move the data directory away to begin with an empty history.");
        throw new EmbeddedPostgresException("Sluice keeps its records in PostgreSQL and found no PostgreSQL programs on this machine. Install them (apt-get install postgresql), or set ConnectionStrings:Sluice to a server that you run.");
    }

    private static IEnumerable<string> Candidates()
    {
        foreach (var root in new[] { "/usr/lib/postgresql", "/opt/homebrew/opt" })
            if (System.IO.Directory.Exists(root))
                foreach (var directory in System.IO.Directory.EnumerateDirectories(root).OrderByDescending(d => VersionNumber(Path.GetFileName(d))))
                    yield return Path.Combine(directory, "bin");
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            // A link on PATH leads to the directory that says which version it is.
            if (File.Exists(Path.Combine(directory, "postgres")))
                yield return Path.GetDirectoryName(File.ResolveLinkTarget(Path.Combine(directory, "postgres"), returnFinalTarget: true)?.FullName) ?? directory;
    }

    private static bool IsComplete(string directory) => Needed.All(program => File.Exists(Path.Combine(directory, program)));

    private static string? MajorOf(string binDirectory)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(binDirectory));
        return name is not null && VersionNumber(name) > 0 ? name.Replace("postgresql@", "", StringComparison.Ordinal) : null;
    }

    private static double VersionNumber(string name) =>
        double.TryParse(name.Replace("postgresql@", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
