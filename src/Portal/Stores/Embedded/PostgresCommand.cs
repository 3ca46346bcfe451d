using System.Diagnostics;
using System.Text;

namespace Sluice.Portal.Stores.Embedded;

/// <summary>Runs a program as the user that PostgreSQL may run as: ourselves, or <c>postgres</c> where we are root, which PostgreSQL refuses.</summary>
internal sealed class PostgresCommand
{
    private const string User = "postgres";
    private readonly string[] _prefix;

    private PostgresCommand(string[] prefix) => _prefix = prefix;

    /// <summary>True where we are root and files have to be given to the other user.</summary>
    public bool ChangesUser => _prefix.Length > 0;

    public static async Task<PostgresCommand> CreateAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows()) return new([]);
        if ((await ExecuteAsync("id", ["-u", User], null, cancellationToken)).ExitCode != 0)
            throw new EmbeddedPostgresException($"Sluice runs as root, as which PostgreSQL refuses to run, and there is no user '{User}' to run it as. Install PostgreSQL with its user (apt-get install postgresql), run Sluice as another user, or set ConnectionStrings:Sluice.");
        if (File.Exists("/usr/bin/setpriv")) return new(["/usr/bin/setpriv", "--reuid=" + User, "--regid=" + User, "--init-groups", "--"]);
        if (File.Exists("/usr/sbin/runuser")) return new(["/usr/sbin/runuser", "-u", User, "--"]);
        throw new EmbeddedPostgresException("Sluice runs as root, as which PostgreSQL refuses to run, and neither setpriv nor runuser is there to change the user. Install util-linux, run Sluice as another user, or set ConnectionStrings:Sluice.");
    }

    public Task<(int ExitCode, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, string directory, CancellationToken cancellationToken) =>
        ChangesUser
            ? ExecuteAsync(_prefix[0], [.. _prefix[1..], program, .. arguments], directory, cancellationToken)
            : ExecuteAsync(program, arguments, directory, cancellationToken);

    /// <summary>Makes a file or directory the other user's own.</summary>
    public async Task GiveAsync(string path, CancellationToken cancellationToken)
    {
        if (!ChangesUser) return;
        var (exitCode, output) = await ExecuteAsync("chown", [User + ":", path], null, cancellationToken);
        if (exitCode != 0) throw new EmbeddedPostgresException($"{path} could not be given to the user '{User}': {output}");
    }

    private static async Task<(int ExitCode, string Output)> ExecuteAsync(string file, IReadOnlyList<string> arguments, string? directory, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "/" };
        // A PGPORT or PGDATA of the shell that started us must not lead to another server.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new EmbeddedPostgresException($"{file} could not be started: {e.Message}", e);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(cancellationToken);
        lock (output) return (process.ExitCode, output.ToString().Trim());

        void Append(string? line)
        {
            if (line is null) return;
            lock (output) output.AppendLine(line);
        }
    }
}
