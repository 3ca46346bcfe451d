using System.Text.Json.Nodes;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>A change that makes sense for many specs: each keeps what is its own. What is null stays as it is.</summary>
public sealed record BulkChange
{
    /// <summary>The whole image.</summary>
    public string? Image { get; init; }

    /// <summary>The image's tag alone; a digest is dropped.</summary>
    public string? ImageTag { get; init; }

    /// <summary>The job's parallelism.</summary>
    public int? Parallelism { get; init; }

    /// <summary>Keys of <c>flinkConfiguration</c>; null takes a key away.</summary>
    public IReadOnlyDictionary<string, string?> FlinkConfiguration { get; init; } = new Dictionary<string, string?>();

    /// <summary>Anything else: a JSON merge patch (RFC 7396) of the spec, applied first.</summary>
    public JsonObject? Patch { get; init; }

    /// <summary>True where nothing is asked for.</summary>
    public bool IsEmpty => Image is null && ImageTag is null && Parallelism is null && FlinkConfiguration.Count == 0 && Patch is not { Count: > 0 };

    /// <summary>True where all it changes is the image.</summary>
    public bool IsImageOnly => (Image ?? ImageTag) is not null && this with { Image = null, ImageTag = null } is { IsEmpty: true };

    /// <summary>The spec with the change made; the original is left alone.</summary>
    /// <exception cref="BulkChangeException">The spec has no place for it.</exception>
    public JsonObject ApplyTo(JsonObject spec)
    {
        var changed = Patch is null ? (JsonObject)spec.DeepClone() : Merge(spec, Patch);
        if (Image is not null) changed["image"] = Image;
        if (ImageTag is not null) changed["image"] = WithTag((string?)changed["image"] ?? throw new BulkChangeException("its spec names no image, so it has no tag to change"), ImageTag);
        if (Parallelism is { } parallelism)
        {
            if (changed["job"] is not JsonObject job) throw new BulkChangeException("it is a session cluster and has no parallelism of its own");
            job["parallelism"] = parallelism;
        }
        if (FlinkConfiguration.Count > 0)
        {
            var configuration = SpecPatch.Flatten(changed["flinkConfiguration"] as JsonObject);
            foreach (var (key, value) in FlinkConfiguration)
            {
                if (value is null) configuration.Remove(key);
                else configuration[key] = value;
            }
            changed["flinkConfiguration"] = configuration;
        }
        return changed;
    }

    /// <summary>An image with another tag: <c>registry:5000/team/app:1.2@sha256:…</c> keeps its registry's port and loses its digest.</summary>
    public static string WithTag(string image, string tag)
    {
        var name = image.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return (colon > name.LastIndexOf('/') ? name[..colon] : name) + ":" + tag;
    }

    private static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        var merged = (JsonObject)target.DeepClone();
        foreach (var (name, value) in patch)
        {
            if (value is null) merged.Remove(name);
            else merged[name] = value is JsonObject inner ? Merge(merged[name] as JsonObject ?? [], inner) : value.DeepClone();
        }
        return merged;
    }
}

/// <summary>A spec has no place for a change; the message says why, as the rest of a sentence.</summary>
public sealed class BulkChangeException(string message) : Exception(message);
