using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

/// <summary>Runs one credential plugin and reads what it prints.</summary>
internal sealed class ExecPlugin(string path, IReadOnlyList<string> arguments, IReadOnlyList<(string Name, string Value)> variables, string version, KubeconfigOptions options)
{
    private const int MaxOutput = 1024 * 1024;

    public async Task<(Credential Credential, DateTimeOffset? Expires)> RunAsync(CancellationToken cancellationToken)
    {
        var output = await OutputAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(output);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            // Without the exception's text or the output: either may hold the token.
            throw Bad("printed something that is not an ExecCredential");
        }
    }

    private (Credential, DateTimeOffset?) Read(JsonElement root)
    {
        if (JsonText.Text(root, "kind") != "ExecCredential" || JsonText.Text(root, "apiVersion") is not { } answered) throw Bad("printed something that is not an ExecCredential");
        if (answered != version) throw Bad($"answered in another version than the kubeconfig asks for ({version})");
        var status = JsonText.Object(root, "status");
        var token = JsonText.Text(status, "token");
        var certificate = JsonText.Text(status, "clientCertificateData");
        var key = JsonText.Text(status, "clientKeyData");
        if (certificate is null != key is null) throw Bad("gave half a client certificate: certificate and key belong together");
        if (token is null && certificate is null) throw Bad("gave neither a token nor a client certificate");
        var expires = JsonText.Time(status, "expirationTimestamp");
        if (expires <= options.Time.GetUtcNow()) throw Bad("gave a credential that has expired already. Sign in again where it runs");
        return (new Credential(token is null ? null : FileCredential.Checked(token), certificate is null ? null : FileCredential.ClientCertificate(certificate, key!, options.Time)), expires);
    }

    private async Task<byte[]> OutputAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.PluginTimeout, options.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var process = new Process { StartInfo = Start() };
        try
        {
            process.Start();
            process.StandardInput.Close();
            var output = ReadAsync(process.StandardOutput.BaseStream, both.Token);
            var errors = ReadAsync(process.StandardError.BaseStream, both.Token);
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            await process.WaitForExitAsync(both.Token).ConfigureAwait(false);
            // Its error text stays here: plugins print tokens and URLs with secrets in them.
            if (process.ExitCode != 0) throw Bad($"ended with exit code {process.ExitCode.ToString(CultureInfo.InvariantCulture)}. Run it by hand on the same machine to see why");
            return await output.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Bad($"did not end within {options.PluginTimeout.TotalSeconds:0} s. It may be waiting for somebody to sign in");
        }
        catch (Win32Exception e)
        {
            throw new KubernetesException(KubernetesError.Configuration, $"The credential plugin {path} cannot be started: {e.Message}", inner: e);
        }
        finally
        {
            End(process);
        }
    }

    private ProcessStartInfo Start()
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return start;
    }

    private async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (kept.Length + read > MaxOutput) throw Bad("printed more than 1 MiB");
            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It was never started, or ended between the two calls.
        }
    }

    private KubernetesException Bad(string why) => new(KubernetesError.Configuration, $"The credential plugin {path} {why}.");
}
