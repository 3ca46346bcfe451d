using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Pipelines;

/// <summary>Decodes <c>status.error</c>: JSON in most cases, plain text in some, and cut off in the middle where the operator's limit was reached.</summary>
internal static partial class OperatorErrorReader
{
    private const int LongestMessage = 600;

    // They say only that something else went wrong, and repeat it behind the colon.
    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal)
    {
        "ReconciliationException", "ExecutionException", "CompletionException", "SerializedThrowable", "RestClientException", "RestHandlerException",
        "RuntimeException", "ProgramInvocationException", "FlinkException", "FlinkRuntimeException", "DeploymentFailedException", "UpgradeFailureException",
        "ApplicationExecutionException", "ClusterDeploymentException",
    };

    public static OperatorError? Read(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.Object) return Decode(error);
        var text = error.ValueKind == JsonValueKind.String ? error.GetString()?.Trim() : null;
        if (string.IsNullOrEmpty(text)) return null;
        if (text[0] != '{') return new OperatorError(null, Clean(text), null);
        try
        {
            using var document = JsonDocument.Parse(text);
            return Decode(document.RootElement);
        }
        catch (JsonException)
        {
            return Salvage(text);
        }
    }

    private static OperatorError Decode(JsonElement error)
    {
        var type = ShortName(error.Text("type"));
        var reason = error.Member("additionalMetadata").SharedText("reason");
        var message = Message(error);
        var mainThrew = ThrownByMain(message);
        if (error.Member("throwableList") is { ValueKind: JsonValueKind.Array } throwables)
            foreach (var throwable in throwables.EnumerateArray())
            {
                var inner = Message(throwable);
                mainThrew |= ThrownByMain(inner);
                reason ??= throwable.Member("additionalMetadata").SharedText("reason");
                if (inner is not null) message = inner;
            }
        return new OperatorError(type, message is null ? type ?? "An error without a message." : Clean(message), reason) { MainThrew = mainThrew };
    }

    // The members are read from the whole text: LenientJson cuts before the innermost part of a long chain is reached.
    private static string? Message(JsonElement error) =>
        error.Member("message") is { ValueKind: JsonValueKind.String } message && message.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    private static OperatorError Salvage(string text)
    {
        string? message = null;
        foreach (Match match in MessageField().Matches(text)) message = match.Groups[1].Value;
        var type = TypeField().Match(text) is { Success: true } t ? ShortName(t.Groups[1].Value) : null;
        var reason = ReasonField().Match(text) is { Success: true } r ? r.Groups[1].Value : null;
        var readable = message is null ? text : Unescape(message);
        return new OperatorError(type, Clean(readable), reason) { MainThrew = ThrownByMain(readable) };
    }

    private static string Unescape(string json)
    {
        // A cut may fall inside an escape; shorten until the rest can be read.
        for (var length = json.Length; length > Math.Max(0, json.Length - 6); length--)
            try
            {
                return JsonSerializer.Deserialize<string>("\"" + json[..length] + "\"") ?? "";
            }
            catch (JsonException)
            {
                continue;
            }
        return json;
    }

    private static bool ThrownByMain(string? message) => message is not null && message.Contains("The main method caused an error", StringComparison.Ordinal);

    /// <summary>The first line, without the class names that wrap it.</summary>
    private static string Clean(string message)
    {
        var line = message.Trim().TrimStart('[');
        var end = line.AsSpan().IndexOfAny('\n', '\r');
        if (end >= 0) line = line[..end].TrimEnd();
        while (ClassName().Match(line) is { Success: true } match && line.Length > match.Length)
        {
            var rest = line[match.Length..].TrimStart('[', ' ');
            if (!Wrappers.Contains(match.Groups[1].Value))
            {
                line = match.Groups[1].Value + ": " + rest;
                break;
            }
            line = rest;
        }
        return LenientJson.Clip(line.Length == 0 ? message.Trim() : line, LongestMessage);
    }

    private static string? ShortName(string? type) => type is null ? null : StringPool.Share(type[(type.LastIndexOfAny(['.', '$']) + 1)..]);

    [GeneratedRegex(@"^\s*(?:[a-z_][\w$]*\.)+([A-Z][\w$]*):\s*", RegexOptions.None, 200)]
    private static partial Regex ClassName();

    [GeneratedRegex("\"message\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)", RegexOptions.Singleline, 200)]
    private static partial Regex MessageField();

    [GeneratedRegex("\"type\"\\s*:\\s*\"([\\w.$]+)\"", RegexOptions.None, 200)]
    private static partial Regex TypeField();

    [GeneratedRegex("\"reason\"\\s*:\\s*\"(\\w+)\"", RegexOptions.None, 200)]
    private static partial Regex ReasonField();
}
