using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>Answers the requests for one object, and creates.</summary>
internal sealed class ResourceHandler(ObjectStore store, ObjectWriter writer)
{
    public Task HandleAsync(ApiRequest request) => (request.Http.Request.Method, request.Name) switch
    {
        ("POST", null) => CreateAsync(request),
        ("GET", not null) => GetAsync(request),
        ("PUT", not null) => ReplaceAsync(request),
        ("PATCH", not null) => PatchAsync(request),
        ("DELETE", not null) => DeleteAsync(request),
        _ => throw new ApiException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
    };

    private Task GetAsync(ApiRequest request)
    {
        StoredObject found;
        lock (store.Gate) found = store.Find(request.Type, request.Namespace, request.Name!) ?? throw ApiException.NotFound(request.Type, request.Name!);
        if (request.Subresource == "scale") return JsonAnswer.WriteAsync(request.Http, 200, Scale.Read(found));
        return TableWriter.Wanted(request.Http)
            ? TableWriter.WriteOneAsync(request, found)
            : JsonAnswer.BytesAsync(request.Http, 200, "application/json", found.Json);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var body = await request.ObjectAsync();
        var options = request.WriteOptions();
        var created = writer.Create(request.Type, request.Namespace, body, options);
        await AnswerAsync(request, 201, created, options);
    }

    private async Task ReplaceAsync(ApiRequest request)
    {
        var body = await request.ObjectAsync();
        var options = request.WriteOptions();
        Func<JsonObject, JsonObject> change = request.Subresource == "scale" ? live => Scale.Write(live, body) : _ => body;
        await AnswerAsync(request, 200, Update(request, options, change), options);
    }

    private async Task PatchAsync(ApiRequest request)
    {
        var body = await request.BodyAsync() ?? throw ApiException.BadRequest("the patch is empty");
        var options = request.WriteOptions();
        var kind = (request.Http.Request.ContentType ?? "").Split(';')[0].Trim();
        if (kind == "application/apply-patch+yaml")
        {
            await ApplyAsync(request, body as JsonObject ?? throw ApiException.BadRequest("an apply patch must be an object"), options);
            return;
        }
        Func<JsonObject, JsonObject> change = kind switch
        {
            "application/merge-patch+json" => live => Patches.Merge(live, body) as JsonObject ?? throw ApiException.BadRequest("the patch does not give an object"),
            "application/json-patch+json" => live => Patches.Apply(live, body as JsonArray ?? throw ApiException.BadRequest("a JSON patch must be a list")) as JsonObject
                ?? throw ApiException.BadRequest("the patch does not give an object"),
            // Built-in kinds take strategic merges; for the few fields that are patched here it is the same as a merge.
            "application/strategic-merge-patch+json" when !request.Type.Custom => live => Patches.Merge(live, body) as JsonObject ?? throw ApiException.BadRequest("the patch does not give an object"),
            _ => throw new ApiException(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"),
        };
        if (request.Subresource == "scale")
        {
            var inner = change;
            change = live => Scale.Write(live, inner(Scale.Of(live)));
        }
        await AnswerAsync(request, 200, Update(request, options, change), options);
    }

    private async Task ApplyAsync(ApiRequest request, JsonObject config, WriteOptions options)
    {
        if (request.Query("fieldManager") is null)
            throw new ApiException(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        options = options with { OwnersSettled = true };
        (config["metadata"] as JsonObject)?.Remove("managedFields");
        bool exists;
        lock (store.Gate) exists = store.Find(request.Type, request.Namespace, request.Name!) is not null;
        if (!exists)
        {
            var fresh = FieldOwners.Apply(null, config, options.FieldManager, options.Force);
            fresh["metadata"]!["name"] = request.Name;
            if (request.Type.Namespaced) fresh["metadata"]!["namespace"] = request.Namespace;
            await AnswerAsync(request, 201, writer.Create(request.Type, request.Namespace, fresh, options), options);
            return;
        }
        var updated = Update(request, options, live => FieldOwners.Apply(live, config, options.FieldManager, options.Force));
        await AnswerAsync(request, 200, updated, options);
    }

    private StoredObject Update(ApiRequest request, WriteOptions options, Func<JsonObject, JsonObject> change) =>
        writer.Update(request.Type, request.Namespace, request.Name!, request.Subresource == "status", options, change, request.Subresource);

    private async Task DeleteAsync(ApiRequest request)
    {
        var body = await request.BodyAsync() as JsonObject;
        var dryRun = request.Query("dryRun") == "All" || (body?["dryRun"] as JsonArray)?.Count > 0;
        var (found, gone) = writer.Delete(request.Type, request.Namespace, request.Name!, body, dryRun);
        if (!gone)
        {
            await JsonAnswer.BytesAsync(request.Http, 200, "application/json", found.Json);
            return;
        }
        var details = new JsonObject { ["name"] = found.Name, ["kind"] = request.Type.Plural, ["uid"] = found.Uid };
        if (request.Type.Group.Length > 0) details["group"] = request.Type.Group;
        await JsonAnswer.WriteAsync(request.Http, 200, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        });
    }

    private static Task AnswerAsync(ApiRequest request, int code, StoredObject stored, WriteOptions options)
    {
        foreach (var warning in options.Warnings)
            request.Http.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        return request.Subresource == "scale"
            ? JsonAnswer.WriteAsync(request.Http, code, Scale.Read(stored))
            : JsonAnswer.BytesAsync(request.Http, code, "application/json", stored.Json);
    }
}
