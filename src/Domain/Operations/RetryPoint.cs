using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Operations;

/// <summary>Where a retry begins: at the step that gave up, or at an earlier one whose work has to be done anew (another savepoint, for example).</summary>
internal static class RetryPoint
{
    public const string Attempt = "attempt";
    private const string From = "retryFrom";

    public static string Set(string data, string? retryFrom)
    {
        var json = JsonNode.Parse(data) as JsonObject ?? [];
        if (retryFrom is null) json.Remove(From);
        else json[From] = retryFrom;
        return json.ToJsonString();
    }

    /// <summary>The steps as they are to be run again. A step that is begun anew, rather than continued, counts its attempts so that what it creates gets another name.</summary>
    public static ImmutableArray<OperationStep> Reopen(ImmutableArray<OperationStep> steps)
    {
        var failed = steps.FirstOrDefault(s => s.State == StepState.Failed);
        if (failed is null) return steps;
        var name = (string?)(JsonNode.Parse(failed.Data) as JsonObject)?[From];
        var first = steps.FirstOrDefault(s => s.Name == name)?.Index ?? failed.Index;
        return [.. steps.Select(s => s.Index < first || s.Index > failed.Index ? s : s with
        {
            State = StepState.Pending,
            Deadline = null,
            EndedAt = null,
            Message = "",
            Data = name is null ? s.Data : new JsonObject { [Attempt] = AttemptOf(s.Data) + 1 }.ToJsonString(),
        })];
    }

    public static int AttemptOf(string data) => (int?)(JsonNode.Parse(data) as JsonObject)?[Attempt] ?? 1;
}
