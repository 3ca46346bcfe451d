using System.Text.Json.Nodes;

namespace Sluice.Testing.Bulk;

/// <summary>Holds a finished run's account against the operations and the clusters.</summary>
public static class BulkTruth
{
    /// <summary>What is not as the account says, or null.</summary>
    public static async Task<string?> ProblemAsync(BulkScene scene, string id)
    {
        var items = await scene.ItemsAsync(id);
        if (!items.Select(Address).Order(StringComparer.Ordinal).SequenceEqual(scene.Pipelines.Order(StringComparer.Ordinal))) return "The run has other pipelines than were asked for.";
        foreach (var item in items)
        {
            if ((string)item["state"]! is not ("succeeded" or "failed")) return $"{Address(item)} is {item["state"]}: {item["message"]}";
            var operations = (await scene.GetAsync($"/operations?pipeline={Uri.EscapeDataString(Address(item))}")).AsArray();
            if (operations.Count != (int)item["attempt"]!) return $"{Address(item)} has {operations.Count} operations after {item["attempt"]} attempts.";
            if ((string)operations[0]!["id"]! != (string?)item["operationId"]) return $"{Address(item)}: {item["state"]}, but its newest operation is another one. {item["message"]}";
            if ((string)operations[0]!["state"]! != (string)item["state"]!) return $"{Address(item)} is {item["state"]}, its operation {operations[0]!["state"]}.";
        }

        // What failed was taken back: it runs, with the image that it had.
        var wrong = "";
        try
        {
            await Until.TrueAsync(async () =>
            {
                var rows = await scene.RowsAsync();
                wrong = string.Join(", ", items.Where(i => (string)i["state"]! == "succeeded" != ((string)rows[Address(i)]["image"]!).EndsWith(":" + BulkScene.Tag, StringComparison.Ordinal) || (string?)rows[Address(i)]["jobState"] != "RUNNING")
                    .Take(3).Select(i => $"{Address(i)} is {i["state"]} with {rows[Address(i)]["image"]}, job {rows[Address(i)]["jobState"]}"));
                return wrong.Length == 0;
            }, "the clusters to hold what the account says", TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            return wrong;
        }

        return null;
    }

    private static string Address(JsonNode item) => $"{item["pipeline"]!["cluster"]}/{item["pipeline"]!["namespace"]}/{item["pipeline"]!["name"]}";
}
