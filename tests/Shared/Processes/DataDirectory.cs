namespace Sluice.Testing.Processes;

/// <summary>A folder for one portal's data. Run by root, the private PostgreSQL is another user's, who has to be able to pass through it.</summary>
public sealed class DataDirectory : IDisposable
{
    /// <summary>Makes the folder.</summary>
    public DataDirectory()
    {
        Path = Directory.CreateTempSubdirectory("sluice-data-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, true);
}
