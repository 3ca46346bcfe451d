using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sluice.Simulator;

/// <summary>Writes the file by which clients find the simulated clusters.</summary>
internal static class Kubeconfig
{
    public static void Write(string path, IReadOnlyList<SimulatedCluster> clusters, X509Certificate2? certificate)
    {
        var text = new StringBuilder("apiVersion: v1\nkind: Config\nclusters:\n");
        foreach (var c in clusters)
        {
            text.Append($"- name: {c.Options.Name}\n  cluster:\n    server: {c.Url.ToString().TrimEnd('/')}\n");
            if (certificate is not null)
                text.Append($"    certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"))}\n");
        }
        text.Append("contexts:\n");
        foreach (var c in clusters) text.Append($"- name: {c.Options.Name}\n  context:\n    cluster: {c.Options.Name}\n    user: {c.Options.Name}\n");
        text.Append($"current-context: {clusters[0].Options.Name}\nusers:\n");
        foreach (var c in clusters) text.Append($"- name: {c.Options.Name}\n  user:\n    token: {c.Tokens.Admin}\n");
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        // Written beside and moved, so that a portal that is watching the file never reads half of it.
        var beside = full + ".new";
        File.WriteAllText(beside, text.ToString());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(beside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(beside, full, overwrite: true);
    }
}
