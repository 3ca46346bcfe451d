using System.Collections.Concurrent;

namespace Sluice.Domain.Pipelines;

/// <summary>Keeps one copy of texts that thousands of records share: namespaces, images, versions, states.</summary>
internal static class StringPool
{
    private const int LongestText = 256;
    private const int MostTexts = 50_000;
    private static readonly ConcurrentDictionary<string, string> Texts = new(StringComparer.Ordinal);
    private static int _count;

    public static string Share(string text)
    {
        if (text.Length > LongestText) return text;
        if (Texts.TryGetValue(text, out var shared)) return shared;
        if (Volatile.Read(ref _count) >= MostTexts)
        {
            // Names of objects that are long gone must not fill the pool for ever; what is in use is soon shared again.
            Texts.Clear();
            Volatile.Write(ref _count, 0);
        }
        shared = Texts.GetOrAdd(text, text);
        if (ReferenceEquals(shared, text)) Interlocked.Increment(ref _count);
        return shared;
    }
}
