using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Domain.Snapshots;

/// <summary>Identities that whoever repeats something after a crash makes again: the database then refuses the second one.</summary>
public static class SnapshotIds
{
    /// <summary>The operation of a turn of a pipeline's timetable.</summary>
    public static Guid ScheduledOperation(Guid pipeline, DateTimeOffset planned) => Make(string.Create(CultureInfo.InvariantCulture, $"savepoint {pipeline:N} {planned.UtcTicks}"));

    /// <summary>The operation of a disposal, by how often one was begun before.</summary>
    public static Guid Disposal(Guid snapshot, int disposals) => Make(string.Create(CultureInfo.InvariantCulture, $"disposal {snapshot:N} {disposals}"));

    /// <summary>A number that is the same on every replica, and another for each pipeline and time.</summary>
    public static ulong Number(Guid pipeline, DateTimeOffset at) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"jitter {pipeline:N} {at.UtcTicks}"))));

    private static Guid Make(string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes("sluice " + text))[..16];
        // Marked as made by a rule of one's own (version 8 of RFC 9562).
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
