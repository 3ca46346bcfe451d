using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Simulator.Core;

/// <summary>Everything that looks random comes from here: the same seed and the same words give the same value.</summary>
internal sealed class Seeds(long seed)
{
    private const string PodLetters = "bcdfghjklmnpqrstvwxz2456789";

    public string Hex(int length, params ReadOnlySpan<string> words) => Convert.ToHexStringLower(Hash(words))[..length];

    public string Uid(params ReadOnlySpan<string> words) => new Guid(Hash(words).AsSpan(0, 16)).ToString();

    /// <summary>A suffix as the ReplicaSet controller makes them.</summary>
    public string PodSuffix(int length, params ReadOnlySpan<string> words) =>
        string.Create(length, Hash(words), static (span, hash) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = PodLetters[hash[i] % PodLetters.Length];
        });

    /// <summary>A number in [0, 1).</summary>
    public double Unit(params ReadOnlySpan<string> words) =>
        (BinaryPrimitives.ReadUInt64LittleEndian(Hash(words)) >> 11) * (1.0 / (1UL << 53));

    public int Int(int exclusiveMax, params ReadOnlySpan<string> words) => (int)(Unit(words) * exclusiveMax);

    private byte[] Hash(ReadOnlySpan<string> words)
    {
        var text = new StringBuilder().Append(seed);
        foreach (var word in words) text.Append('\u001f').Append(word);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
