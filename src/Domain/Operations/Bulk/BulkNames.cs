using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Identities made from other identities: whoever repeats something after a crash, or on another replica, means the same.</summary>
public static class BulkNames
{
    /// <summary>The operation of one attempt at one pipeline.</summary>
    public static Guid Operation(Guid run, int index, int attempt)
    {
        Span<byte> text = stackalloc byte[24];
        run.TryWriteBytes(text, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(text[16..], index);
        BinaryPrimitives.WriteInt32BigEndian(text[20..], attempt);
        return Of(text);
    }

    /// <summary>The run that a caller's own key stands for.</summary>
    public static Guid Run(string actor, string key) => Of(Encoding.UTF8.GetBytes($"bulk\n{actor}\n{key}"));

    // Version 8 of RFC 9562: made by rules of one's own.
    private static Guid Of(ReadOnlySpan<byte> text)
    {
        var hash = SHA256.HashData(text)[..16];
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
