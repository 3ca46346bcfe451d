using System.Buffers.Binary;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Portal.Workers;

/// <summary>
/// Looks at snapshots that lie below a folder that is mounted where Sluice runs under the very path that Flink uses. Only the first bytes of <c>_metadata</c> are read,
/// and nothing outside those folders: the path comes from whoever asks.
/// </summary>
public sealed class MountedSnapshots(IReadOnlyList<string> roots) : ISnapshotFiles
{
    private const string What = "Its _metadata can be read";
    private const int Magic = 0x4960672d;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly string[] _roots = [.. roots.Where(r => r.Length > 0).Select(r => Path.TrimEndingDirectorySeparator(Path.GetFullPath(r)))];

    public async Task<StateCheck> CheckAsync(string path, CancellationToken cancellationToken)
    {
        if (Local(path) is not { } folder)
            return new StateCheck(What, CheckResult.Unknown, _roots.Length == 0 ? "Sluice has no access to the snapshots' storage." : $"Sluice has access to {string.Join(", ", _roots)} only.");
        try
        {
            // A network mount may hang where a cancellation does not reach.
            return await Task.Run(() => Look(folder), cancellationToken).WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new StateCheck(What, CheckResult.Unknown, $"The storage did not answer within {(int)Patience.TotalSeconds} s.");
        }
    }

    private static StateCheck Look(string folder)
    {
        var file = Path.Combine(folder, "_metadata");
        try
        {
            Span<byte> head = stackalloc byte[8];
            using var stream = File.OpenRead(file);
            if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || BinaryPrimitives.ReadInt32BigEndian(head) != Magic)
                return new StateCheck(What, CheckResult.Fails, $"{file} is no metadata of Flink, or was cut off.");
            return new StateCheck(What, CheckResult.Holds, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{stream.Length} bytes of metadata, format {BinaryPrimitives.ReadInt32BigEndian(head[4..])}. The state's own files were not read."));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new StateCheck(What, CheckResult.Fails, $"{file} does not exist.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new StateCheck(What, CheckResult.Unknown, $"{file} cannot be read here: {e.Message}");
        }
    }

    /// <summary>The folder of a path of this machine that lies below a root.</summary>
    private string? Local(string path)
    {
        var local = path.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? path["file:".Length..] : path;
        if (local.StartsWith("///", StringComparison.Ordinal)) local = local[2..];
        // Two slashes name another machine.
        if (!local.StartsWith('/') || local.StartsWith("//", StringComparison.Ordinal) || local.Contains('\0', StringComparison.Ordinal)) return null;
        var full = Path.GetFullPath(local);
        return _roots.Any(r => full.StartsWith(r + Path.DirectorySeparatorChar, StringComparison.Ordinal)) ? full : null;
    }
}
