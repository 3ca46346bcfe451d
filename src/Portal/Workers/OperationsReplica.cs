using System.Globalization;

namespace Sluice.Portal.Workers;

/// <summary>
/// The name of this process in leases. It tells processes of one machine apart, also when an id is used again, so that a restarted replica
/// can see at once that its predecessor is dead. Processes of other machines or containers cannot be judged: their leases run out.
/// </summary>
public sealed class ReplicaIdentity
{
    private readonly string _here;

    public ReplicaIdentity(string replica)
    {
        _here = $"{Environment.MachineName}/{Namespace()}/";
        Name = $"{replica}@{_here}{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}/{StartOf(Environment.ProcessId) ?? "0"}";
    }

    public string Name { get; }

    /// <summary>True only for a holder that ran beside this process and is certainly gone.</summary>
    public bool IsDeadPredecessor(string holder)
    {
        if (!OperatingSystem.IsLinux() || holder == Name) return false;
        var at = holder.IndexOf('@', StringComparison.Ordinal);
        if (at < 0 || !holder.AsSpan(at + 1).StartsWith(_here, StringComparison.Ordinal)) return false;
        var parts = holder[(at + 1 + _here.Length)..].Split('/');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && parts[1] != "0" && StartOf(pid) != parts[1];
    }

    // Two containers may share a host name; only processes of one pid namespace can be compared.
    private static string Namespace() => OperatingSystem.IsLinux() ? new FileInfo("/proc/self/ns/pid").LinkTarget?.Trim("pid:[]".ToCharArray()) ?? "0" : "0";

    /// <summary>When the process began, in ticks since the machine's start; null where there is no such process, or it is a zombie.</summary>
    private static string? StartOf(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            // The name in parentheses may hold spaces; the state follows it, the start is the 20th value after that.
            var values = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return values[0] is "Z" or "X" ? null : values[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
