using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Sluice.Bench.Rig;

/// <summary>Ctrl-C and SIGTERM end the programs that were started, too: a simulated fleet of two gigabytes must not stay behind.</summary>
internal sealed class Ending : IDisposable
{
    private readonly PosixSignalRegistration[] _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, End), PosixSignalRegistration.Create(PosixSignal.SIGTERM, End)];

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_signals, signal => signal.Dispose());

    private static void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        foreach (var child in Children()) Process.Start("kill", ["-TERM", child.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        Environment.Exit(130);
    }

    private static List<int> Children()
    {
        var children = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
            try
            {
                var stat = File.ReadAllText(Path.Combine(directory, "stat"));
                if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) children.Add(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has just ended.
            }

        return children;
    }
}
