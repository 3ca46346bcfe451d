using Xunit;

namespace Sluice.Testing;

/// <summary>
/// The folder <c>shared</c> beside the repository: recordings, traces and a real cluster, on the developers' machines only.
/// A test that needs it is skipped elsewhere with the reason printed; <c>.ci/run</c> fails if such a test was skipped where the folder exists.
/// </summary>
public static class SharedFolder
{
    /// <summary>Its path, or null where it does not exist.</summary>
    public static string? Path { get; } = Find();

    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = Testing.Repository.Root;

    /// <summary>A path inside it; skips the running test where the folder does not exist.</summary>
    public static string Require(params string[] parts)
    {
        Assert.SkipWhen(Path is null, "needs the folder ../shared beside the repository, which only the developers' machines have");
        return System.IO.Path.Combine([Path!, .. parts]);
    }

    private static string? Find()
    {
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Testing.Repository.Root, "..", "shared"));
        return Directory.Exists(path) ? path : null;
    }
}
