using System.Collections.Concurrent;

namespace Sluice.Domain.Pipelines;

/// <summary>Numbers for texts of which there are few, the same ones for as long as the portal runs.</summary>
public sealed class TextNumbers
{
    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private string[] _texts = new string[16];
    private int _last;

    internal TextNumbers(int bits) => Beyond = (1 << bits) - 1;

    /// <summary>Stands for all texts that came when every number was given away: which one it is, only the row says. Texts come from whoever writes resources, so they have to have an end.</summary>
    public int Beyond { get; }

    /// <summary>The text's number: 0 for none, or <see cref="Beyond"/>.</summary>
    public int NumberOf(string? text)
    {
        if (text is null) return 0;
        if (_numbers.TryGetValue(text, out var known)) return known;
        lock (_lock)
        {
            if (_numbers.TryGetValue(text, out known)) return known;
            if (_last + 1 >= Beyond) return Beyond;
            var number = ++_last;
            // Readers look without the lock: they see either array whole.
            if (number >= _texts.Length) Volatile.Write(ref _texts, [.. _texts, .. new string[_texts.Length]]);
            Volatile.Write(ref _texts[number], text);
            return _numbers[text] = number;
        }
    }

    /// <summary>The text of a number that was given away; null for 0.</summary>
    public string? TextOf(int number) => Volatile.Read(ref _texts)[number];
}
