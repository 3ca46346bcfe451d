using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>Answers lists, whole or in pages.</summary>
internal sealed class ListHandler(ObjectStore store, Faults faults)
{
    public async Task HandleAsync(ApiRequest request)
    {
        var selector = request.Selector();
        var limit = (int)Math.Min(request.Number("limit") ?? 0, int.MaxValue);
        var token = request.Query("continue");
        var (page, version, next, remaining) = Page(request, selector, limit, token);
        var first = remaining > 0 || !string.IsNullOrEmpty(token) ? ((page as ArraySegment<StoredObject>?)?.Offset ?? 0) : 0;
        var most = faults.ItemsOf(first, page.Count);
        if (TableWriter.Wanted(request.Http)) await TableWriter.WriteListAsync(request, page, version, next);
        else await WriteAsync(request, page, version, next, selector.IsEmpty ? remaining : null, most ?? int.MaxValue);
    }

    private (IReadOnlyList<StoredObject> Page, long Version, string? Next, int Remaining) Page(ApiRequest request, Selector selector, int limit, string? token)
    {
        var asked = request.Query("resourceVersion");
        lock (store.Gate)
        {
            if (!string.IsNullOrEmpty(token))
            {
                if (!string.IsNullOrEmpty(asked) && asked != "0")
                    throw ApiException.BadRequest("specifying resource version is not allowed when using continue");
                var (pages, start) = ReadToken(token);
                var all = store.Pages(request.Type, pages)
                    ?? throw new ApiException(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.")
                    { Continue = Keep(request.Type, [.. Matching(request.Type, selector).Where(o => string.CompareOrdinal(o.Key, start) >= 0)], start) };
                return Cut(all, start, limit, pages);
            }
            CheckVersion(request, asked);
            var found = Matching(request.Type, selector);
            // The watch cache answers version 0 whole, whatever the limit.
            if (limit == 0 || asked == "0" || found.Length <= limit) return (found, store.Version, null, 0);
            store.KeepPages(request.Type, store.Version, found);
            return Cut(found, "", limit, store.Version);
        }
    }

    private void CheckVersion(ApiRequest request, string? asked)
    {
        if (string.IsNullOrEmpty(asked)) return;
        if (!long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw new ApiException(500, null, $"Invalid value: \"{asked}\": strconv.ParseUint: parsing \"{asked}\": invalid syntax");
        if (version > store.Version)
            throw new ApiException(504, "Timeout", $"Too large resource version: {version}, current: {store.Version}")
            {
                RetryAfterSeconds = 1,
                Details = new() { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }), ["retryAfterSeconds"] = 1 },
            };
        if (request.Query("resourceVersionMatch") == "Exact" && version != store.Version && version <= store.Log(request.Type).Floor)
            throw ApiException.Expired("The resourceVersion for the provided list is too old.");
    }

    private StoredObject[] Matching(ResourceType type, Selector selector) =>
        [.. store.All(type).Values.Where(selector.Matches)];

    private static (IReadOnlyList<StoredObject>, long, string?, int) Cut(StoredObject[] all, string start, int limit, long version)
    {
        var (first, end) = (0, all.Length);
        while (first < end)
        {
            var middle = (first + end) / 2;
            if (string.CompareOrdinal(all[middle].Key, start) < 0) first = middle + 1;
            else end = middle;
        }
        var page = new ArraySegment<StoredObject>(all, first, Math.Min(limit == 0 ? int.MaxValue : limit, all.Length - first));
        var rest = all.Length - first - page.Count;
        return (page, version, rest > 0 ? Token(version, all[first + page.Count].Key) : null, rest);
    }

    private string Keep(ResourceType type, StoredObject[] rest, string start)
    {
        store.KeepPages(type, store.Version, rest);
        return Token(store.Version, start);
    }

    private static string Token(long version, string start) =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new { v = "meta.k8s.io/v1", rv = version, start }));

    private static (long Version, string Start) ReadToken(string token)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(token));
            return (document.RootElement.GetProperty("rv").GetInt64(), document.RootElement.GetProperty("start").GetString() ?? "");
        }
        catch (Exception exception) when (exception is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw ApiException.BadRequest("continue key is not valid: " + exception.Message);
        }
    }

    private static async Task WriteAsync(ApiRequest request, IReadOnlyList<StoredObject> page, long version, string? next, int? remaining, int most)
    {
        var metadata = new JsonObject();
        if (next is not null) metadata["continue"] = next;
        if (remaining > 0) metadata["remainingItemCount"] = remaining;
        metadata["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        var head = $"{{\"apiVersion\":\"{request.Type.ApiVersion}\",";
        var (before, after) = request.Type.Custom
            ? (head + "\"items\":[", $"],\"kind\":\"{request.Type.Kind}List\",\"metadata\":{metadata.ToJsonString()}}}\n")
            : (head + $"\"kind\":\"{request.Type.Kind}List\",\"metadata\":{metadata.ToJsonString()},\"items\":[", "]}\n");
        var response = request.Http.Response;
        response.ContentType = "application/json";
        var writer = response.BodyWriter;
        var unsent = 0;
        writer.Write(Encoding.UTF8.GetBytes(before));
        for (var i = 0; i < page.Count; i++)
        {
            if (i == most)
            {
                await writer.FlushAsync(request.Http.RequestAborted);
                request.Http.Abort();
                return;
            }
            if (i > 0) writer.Write(","u8);
            writer.Write(page[i].Json);
            if ((unsent += page[i].Json.Length) < 256 * 1024) continue;
            unsent = 0;
            await writer.FlushAsync(request.Http.RequestAborted);
        }
        writer.Write(Encoding.UTF8.GetBytes(after));
        await writer.FlushAsync(request.Http.RequestAborted);
    }
}
