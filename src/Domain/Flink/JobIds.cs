namespace Sluice.Domain.Flink;

/// <summary>Ids of jobs, vertices and triggers: 32 hex digits.</summary>
public static class JobIds
{
    /// <summary>True for 32 hex digits.</summary>
    public static bool IsValid(string? id) => id is { Length: 32 } && id.All(char.IsAsciiHexDigit);

    /// <summary>The id itself. Ids come from URLs and custom resources: nothing else may reach a path.</summary>
    /// <exception cref="FlinkException">It is not one.</exception>
    public static string Check(string? id) => IsValid(id)
        ? id!.ToLowerInvariant()
        : throw new FlinkException(FlinkError.NotFound, $"\"{Shorten(id)}\" is not an id of Flink: those have 32 hex digits. Nothing was asked; check the address.");

    private static string Shorten(string? id) => id is null ? "" : id.Length <= 60 ? id : id[..60] + "…";
}
