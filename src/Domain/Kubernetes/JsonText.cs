using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

/// <summary>Reads parts of an object as it comes from an API server: a part that is absent or of another type is null, never an exception.</summary>
internal static class JsonText
{
    public static JsonElement? Object(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } p && p.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    public static string? Text(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } p && p.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    public static DateTimeOffset? Time(JsonElement? parent, string name) =>
        Text(parent, name) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static IReadOnlyDictionary<string, string> Texts(JsonElement? parent, string name)
    {
        if (Object(parent, name) is not { } map) return ImmutableDictionary<string, string>.Empty;
        var texts = new Dictionary<string, string>();
        foreach (var property in map.EnumerateObject())
            if (property.Value.ValueKind == JsonValueKind.String)
                texts[property.Name] = property.Value.GetString()!;
        return texts;
    }
}
