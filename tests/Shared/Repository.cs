namespace Sluice.Testing;

/// <summary>Where this repository is on the machine.</summary>
public static class Repository
{
    /// <summary>Its root: the folder of Portal.sln above the running program.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var dir = new DirectoryInfo(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
            if (File.Exists(Path.Combine(dir.FullName, "Portal.sln"))) return dir.FullName;
        throw new InvalidOperationException("This runs outside the repository: no Portal.sln above " + AppContext.BaseDirectory);
    }
}
