using System.Globalization;

namespace Sluice.Portal.Stores.Embedded;

/// <summary>A running server process, as <c>postmaster.pid</c> tells of it.</summary>
internal sealed record Postmaster(int Pid, int Port)
{
    /// <summary>
    /// The server that serves the data directory now, or null. A pid file that another program's process happens to match (usual in containers, where
    /// pids repeat) is removed, because PostgreSQL would refuse to start on it.
    /// </summary>
    /// <exception cref="EmbeddedPostgresException">The server died but processes of it still use the data.</exception>
    public static async Task<Postmaster?> FindAsync(string data, CancellationToken cancellationToken)
    {
        var file = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(file)) return null;
        var lines = await File.ReadAllLinesAsync(file, cancellationToken);
        if (lines.Length < 1 || !int.TryParse(lines[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid)) return null;
        if (Uses(pid, data))
            return lines.Length >= 4 && int.TryParse(lines[3], NumberStyles.Integer, CultureInfo.InvariantCulture, out var port) ? new(pid, port) : new(pid, 0);

        // The pid file is PostgreSQL's guard against two servers on one directory: it may only go once nobody uses the directory.
        await WaitUntilUnusedAsync(data, cancellationToken);
        if (Directory.Exists("/proc/" + pid.ToString(CultureInfo.InvariantCulture))) File.Delete(file);
        return null;
    }

    private static async Task WaitUntilUnusedAsync(string data, CancellationToken cancellationToken)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (Directory.Exists("/proc"))
        {
            var users = Directory.EnumerateDirectories("/proc")
                .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
                .Where(pid => pid > 0 && Uses(pid, data)).ToList();
            if (users.Count == 0) return;
            if (TimeProvider.System.GetElapsedTime(deadline) > TimeSpan.FromSeconds(10))
                throw new EmbeddedPostgresException($"The PostgreSQL server of {data} died, but its processes {string.Join(", ", users)} still use the data. End them, then start Sluice again.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>PostgreSQL's processes have the data directory as their working directory. Zombies and strangers do not.</summary>
    private static bool Uses(int pid, string data)
    {
        try
        {
            var link = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cwd";
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName == data;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
