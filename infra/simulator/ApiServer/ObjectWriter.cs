using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.ApiServer;

/// <summary>The rules of writing: names, schema, generations, versions, finalizers. HTTP requests and the simulated operator both go through it.</summary>
internal sealed class ObjectWriter(ObjectStore store, SimClock clock, Seeds seeds, string cluster)
{
    private long _created;

    public IAdmission? Admission { get; set; }

    public StoredObject Create(ResourceType type, string ns, JsonObject body, WriteOptions options)
    {
        var metadata = Metadata(body);
        CheckIdentity(type, ns, body, metadata);
        lock (store.Gate)
        {
            var name = metadata["name"]?.GetValue<string>();
            if (string.IsNullOrEmpty(name) && metadata["generateName"]?.GetValue<string>() is { Length: > 0 } prefix)
                metadata["name"] = name = prefix + seeds.PodSuffix(5, cluster, type.Plural, ns, prefix, (++_created).ToString(CultureInfo.InvariantCulture));
            Names.Check(type, name ?? "");
            if (type.Namespaced)
            {
                metadata["namespace"] = ns;
                var home = store.Find(ResourceCatalog.Namespaces, "", ns) ?? throw ApiException.NotFound(ResourceCatalog.Namespaces, ns);
                if (home.ToNode()["metadata"]?["deletionTimestamp"] is not null)
                    throw ApiException.Forbidden(type, name!, $"{type.QualifiedPlural} \"{name}\" is forbidden: unable to create new content in namespace {ns} because it is being terminated");
            }
            if (type.Custom) body.Remove("status");
            Clean(type, name!, body, options);
            if (metadata["resourceVersion"]?.GetValue<string>() is { Length: > 0 })
                throw new ApiException(500, null, "resourceVersion should not be set on objects to be created");
            if (store.Find(type, ns, name!) is not null) throw ApiException.AlreadyExists(type, name!);
            metadata["uid"] = seeds.Uid(cluster, type.Plural, ns, name!, (++_created).ToString(CultureInfo.InvariantCulture));
            metadata["creationTimestamp"] = Stamp(clock.Now);
            metadata.Remove("deletionTimestamp");
            if (type.CountsGenerations) metadata["generation"] = 1;
            Admission?.Admit(type, null, body);
            if (type.Custom && metadata["managedFields"] is null) FieldOwners.Take(null, body, options.FieldManager);
            return options.DryRun ? StoredObject.From(body, store.Version) : store.Put(type, body);
        }
    }

    /// <summary>Replaces an object by what <paramref name="change"/> makes of it.</summary>
    public StoredObject Update(ResourceType type, string ns, string name, bool status, WriteOptions options, Func<JsonObject, JsonObject> change, string? subresource = null)
    {
        lock (store.Gate)
        {
            var live = store.Find(type, ns, name) ?? throw ApiException.NotFound(type, name);
            var before = live.ToNode();
            var after = change(live.ToNode());
            var metadata = Metadata(after);
            CheckIdentity(type, ns, after, metadata);
            if (metadata["name"]?.GetValue<string>() is { } given && given != name)
                throw ApiException.BadRequest($"the name of the object ({given}) does not match the name on the URL ({name})");
            CheckPreconditions(type, name, live, metadata);
            Clean(type, name, after, options);
            Preserve(type, before, after, status, options.OwnersSettled);
            if (Same(before, after)) return live;
            if (type.CountsGenerations && SpecChanged(before, after))
                after["metadata"]!["generation"] = (before["metadata"]!["generation"]?.GetValue<long>() ?? 0) + 1;
            if (!status) Admission?.Admit(type, before, after);
            if (type.Custom && !status && subresource is null && !options.OwnersSettled)
                FieldOwners.Take(before, after, options.FieldManager);
            if (options.DryRun) return StoredObject.From(after, live.Version);
            var finalizers = after["metadata"]!["finalizers"] as JsonArray;
            if (after["metadata"]!["deletionTimestamp"] is not null && finalizers is not { Count: > 0 })
                return store.Remove(type, ns, name)!;
            return store.Put(type, after);
        }
    }

    /// <summary>Deletes, or marks as being deleted while finalizers hold the object. The second value says whether it is gone.</summary>
    public (StoredObject Object, bool Gone) Delete(ResourceType type, string ns, string name, JsonObject? deleteOptions, bool dryRun)
    {
        lock (store.Gate)
        {
            var live = store.Find(type, ns, name) ?? throw ApiException.NotFound(type, name);
            CheckDelete(type, live, deleteOptions?["preconditions"] as JsonObject);
            var node = live.ToNode();
            var metadata = Metadata(node);
            if (metadata["finalizers"] is JsonArray { Count: > 0 })
            {
                if (metadata["deletionTimestamp"] is not null || dryRun) return (live, false);
                metadata["deletionTimestamp"] = Stamp(clock.Now);
                metadata["deletionGracePeriodSeconds"] = 0;
                if (type.CountsGenerations) metadata["generation"] = (metadata["generation"]?.GetValue<long>() ?? 0) + 1;
                return (store.Put(type, node), false);
            }
            return dryRun ? (live, true) : (store.Remove(type, ns, name)!, true);
        }
    }

    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Metadata(JsonObject body) => body["metadata"] switch
    {
        JsonObject found => found,
        null => (JsonObject)(body["metadata"] = new JsonObject()),
        _ => throw ApiException.BadRequest("the object provided is unrecognized: metadata must be an object"),
    };

    private static void CheckIdentity(ResourceType type, string ns, JsonObject body, JsonObject metadata)
    {
        if (body["apiVersion"]?.ToString() != type.ApiVersion || body["kind"]?.ToString() != type.Kind)
        {
            if (type.Custom || body["kind"] is not null)
                throw ApiException.BadRequest($"the API version in the data ({body["apiVersion"]}, {body["kind"]}) does not match the expected API version ({type.ApiVersion}, {type.Kind})");
            body["apiVersion"] = type.ApiVersion;
            body["kind"] = type.Kind;
        }
        if (type.Namespaced && metadata["namespace"]?.ToString() is { Length: > 0 } given && given != ns)
            throw ApiException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
    }

    private static void CheckPreconditions(ResourceType type, string name, StoredObject live, JsonObject metadata)
    {
        if (metadata["resourceVersion"] is not { } version || version.ToString() is not { Length: > 0 } sent)
            throw ApiException.Invalid(type, name, [new("metadata.resourceVersion", "FieldValueInvalid", "Invalid value: 0x0: must be specified for an update")]);
        if (sent != live.Version.ToString(CultureInfo.InvariantCulture))
            throw ApiException.Conflict(type, name, "the object has been modified; please apply your changes to the latest version and try again");
        if (metadata["uid"]?.ToString() is { Length: > 0 } uid && uid != live.Uid)
            throw ApiException.Conflict(type, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {live.Uid}");
    }

    private static void CheckDelete(ResourceType type, StoredObject live, JsonObject? preconditions)
    {
        if (preconditions?["uid"]?.ToString() is { } uid && uid != live.Uid)
            throw ApiException.Conflict(type, live.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {live.Uid}");
        if (preconditions?["resourceVersion"]?.ToString() is { } version && version != live.Version.ToString(CultureInfo.InvariantCulture))
            throw ApiException.Conflict(type, live.Name, $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {live.Version}");
    }

    private static void Clean(ResourceType type, string name, JsonObject body, WriteOptions options)
    {
        if (type.Schema is null) return;
        var check = new SchemaCheck();
        check.Run(type.Schema, body);
        if (check.Unknown.Count > 0 && options.FieldValidation == "Strict")
            throw ApiException.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: strict decoding error: "
                + string.Join(", ", check.Unknown.Select(u => $"unknown field \"{u}\"")));
        if (options.FieldValidation == "Warn") options.Warnings.AddRange(check.Unknown.Select(u => $"unknown field \"{u}\""));
        if (check.Errors.Count > 0) throw ApiException.Invalid(type, name, check.Errors);
    }

    /// <summary>What a client may not change stays as it was.</summary>
    private static void Preserve(ResourceType type, JsonObject before, JsonObject after, bool status, bool ownersSettled)
    {
        var (old, now) = (Metadata(before), Metadata(after));
        if (status)
        {
            var written = after["status"]?.DeepClone();
            foreach (var key in after.Select(p => p.Key).ToList()) after.Remove(key);
            foreach (var (key, value) in before)
                if (key != "status") after[key] = value?.DeepClone();
            if (written is not null) after["status"] = written;
            return;
        }
        if (type.HasStatus)
        {
            after.Remove("status");
            if (before["status"] is { } kept) after["status"] = kept.DeepClone();
        }
        if (!ownersSettled)
        {
            now.Remove("managedFields");
            if (old["managedFields"] is { } owners) now["managedFields"] = owners.DeepClone();
        }
        foreach (var key in (string[])["uid", "name", "namespace", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"])
        {
            now.Remove(key);
            if (old[key] is { } value) now[key] = value.DeepClone();
        }
    }

    private static bool Same(JsonObject before, JsonObject after)
    {
        var (a, b) = ((JsonObject)before.DeepClone(), (JsonObject)after.DeepClone());
        foreach (var node in (JsonObject[])[a, b]) Metadata(node).Remove("managedFields");
        return JsonNode.DeepEquals(a, b) && Applied(before) == Applied(after);
    }

    private static string Applied(JsonObject node) => node["metadata"]?["managedFields"]?.ToJsonString(JsonSerializerOptions.Default) ?? "";

    private static bool SpecChanged(JsonObject before, JsonObject after)
    {
        var keys = before.Select(p => p.Key).Union(after.Select(p => p.Key)).Where(k => k is not ("metadata" or "status"));
        return keys.Any(k => !JsonNode.DeepEquals(before[k], after[k]));
    }
}
