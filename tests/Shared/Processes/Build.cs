namespace Sluice.Testing.Processes;

/// <summary>How this test assembly was built; programs it starts are taken from the same configuration.</summary>
public static class Build
{
#if DEBUG
    /// <summary>The configuration's name.</summary>
    public const string Configuration = "Debug";
#else
    /// <summary>The configuration's name.</summary>
    public const string Configuration = "Release";
#endif
}
