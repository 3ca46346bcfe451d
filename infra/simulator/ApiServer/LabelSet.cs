using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>The labels of one object. A few pairs in one array: at 20,000 objects dictionaries would be larger than what they hold.</summary>
internal sealed class LabelSet
{
    public static readonly LabelSet Empty = new([]);
    private static readonly ConcurrentDictionary<string, string> Shared = new(StringComparer.Ordinal);
    private readonly string[] _pairs;

    private LabelSet(string[] pairs) => _pairs = pairs;

    public static LabelSet Of(JsonObject? labels)
    {
        if (labels is not { Count: > 0 }) return Empty;
        var pairs = new string[labels.Count * 2];
        var i = 0;
        foreach (var (key, value) in labels)
        {
            pairs[i++] = Share(key);
            pairs[i++] = value?.GetValueKind() == JsonValueKind.String ? Share(value.GetValue<string>()) : "";
        }
        return new(pairs);
    }

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
    {
        for (var i = 0; i < _pairs.Length; i += 2)
        {
            if (_pairs[i] != key) continue;
            value = _pairs[i + 1];
            return true;
        }
        value = null;
        return false;
    }

    /// <summary>One copy of a text that many objects have; what only one has is not worth a place in the pool.</summary>
    public static string Share(string text) =>
        Shared.TryGetValue(text, out var known) ? known : Shared.Count < 50_000 ? Shared.GetOrAdd(text, text) : text;
}
