using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Planning;

/// <summary>Every change of a spec in the recordings of two real operators: what is predicted for it is what the operator then said in its event.</summary>
public sealed partial class RecordedChangeTests
{
    [Theory]
    [InlineData("1.7.0", false)]
    [InlineData("1.16", true)]
    public void Classify_OfEachRecordedChange_AgreesWithTheOperatorsEvent(string version, bool knowsRedeploy)
    {
        var folder = SharedFolder.Require("operator/traces", version);
        var events = File.ReadLines(Path.Combine(folder, "events.jsonl")).Select(l => JsonNode.Parse(l)!.AsObject())
            .Where(e => (string?)e["reason"] == "SpecChanged").Select(e => Said((string)e["name"]!, (string)e["message"]!)).ToList();
        var before = new Dictionary<string, JsonObject>();
        var (agreed, silent) = (0, 0);
        foreach (var line in File.ReadLines(Path.Combine(folder, "resources.jsonl")).Select(l => JsonNode.Parse(l)!.AsObject()))
        {
            var (name, now) = ((string)line["name"]!, line["object"]!.AsObject());
            if ((string?)line["kind"] is not ("FlinkDeployment" or "FlinkSessionJob") || (string?)line["type"] == "DELETED") continue;
            var was = before.GetValueOrDefault(name);
            before[name] = now;
            // A spec that the operator refuses is no change to it.
            if (was is null || (long?)was["metadata"]!["generation"] == (long?)now["metadata"]!["generation"] || now["metadata"]!["deletionTimestamp"] is not null || (int?)now["spec"]?["job"]?["parallelism"] == 0) continue;
            var predicted = ChangeClassifier.Classify(new FlinkObject(was), now["spec"]!.AsObject(), knowsRedeploy);
            var at = $"{version}, {name}, generation {now["metadata"]!["generation"]}: {predicted.Words}";
            if (predicted.OperatorTerm is null)
            {
                silent++;
                continue;
            }
            agreed++;
            var keys = predicted.Reasons.Where(r => r.Class is not (ChangeClass.None or ChangeClass.Ignore)).Select(r => r.Path).ToHashSet();
            events.ShouldContain(e => e.Name == name && e.Term == predicted.OperatorTerm && keys.All(k => e.Keys.Contains(k)), $"{at}\n{string.Join(' ', keys)}\n{string.Join('\n', events.Where(e => e.Name == name).Select(e => $"{e.Term} {string.Join(' ', e.Keys)}"))}");
        }
        agreed.ShouldBeGreaterThan(8);
        silent.ShouldBeGreaterThan(0);
    }

    private static (string Name, string Term, HashSet<string> Keys) Said(string name, string message)
    {
        var found = Event().Match(message);
        return (name, found.Groups[1].Value, [.. Key().Matches(found.Groups[2].Value).Select(k => Argument().Replace(k.Groups[1].Value, "job.args"))]);
    }

    [GeneratedRegex(@"^(\S+) change\(s\) detected \(Diff: \w+\[(.*)\]\)")]
    private static partial Regex Event();

    [GeneratedRegex(@"(?:^|, )([A-Za-z][\w.\-]*) : ")]
    private static partial Regex Key();

    [GeneratedRegex(@"job\.args\.\d+")]
    private static partial Regex Argument();
}
