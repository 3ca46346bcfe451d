using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Sluice.Portal.Stores.Embedded;

/// <summary>
/// A PostgreSQL server of our own: made on first use from the programs on the machine, listening on loopback only, with a random password and no trust for
/// anyone. It survives an unclean end of the host or of itself: a server that still runs is used again, one that died recovers from its log.
/// Several hosts may share one directory; the last one that stops ends the server.
/// </summary>
public sealed partial class EmbeddedPostgres(EmbeddedPostgresOptions options, ILogger logger) : IAsyncDisposable
{
    private const string SuperUser = "sluice";
    private readonly string _home = Path.GetFullPath(options.Directory);
    private PostgresBinaries? _binaries;
    private PostgresCommand? _command;
    private FileStream? _use;

    private string Data => Path.Combine(_home, "pgdata");

    /// <summary>Makes and starts the server as far as that is needed.</summary>
    /// <returns>A connection string to its database <c>sluice</c>.</returns>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.StartTimeout);
        try
        {
            return await StartCoreAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmbeddedPostgresException($"The private PostgreSQL did not get ready within {options.StartTimeout.TotalSeconds:0} s. Its log says why: {LogFile}");
        }
    }

    private string LogFile => Path.Combine(_home, "postgres.log");

    private async Task<string> StartCoreAsync(CancellationToken cancellationToken)
    {
        var major = File.Exists(Path.Combine(Data, "PG_VERSION")) ? (await File.ReadAllTextAsync(Path.Combine(Data, "PG_VERSION"), cancellationToken)).Trim() : null;
        _binaries = PostgresBinaries.Find(options.Binaries, major);
        _command = await PostgresCommand.CreateAsync(cancellationToken);
        await PrepareDirectoryAsync(cancellationToken);
        using var starting = await LockAsync("start.lock", FileAccess.ReadWrite, FileShare.None, cancellationToken);
        if (!File.Exists(Path.Combine(Data, "PG_VERSION"))) await InitialiseAsync(cancellationToken);
        var password = (await File.ReadAllTextAsync(Path.Combine(_home, "password"), cancellationToken)).Trim();
        NpgsqlConnectionStringBuilder connection;
        Postmaster? running;
        do
        {
            running = await Postmaster.FindAsync(Data, cancellationToken);
            if (running is not null) LogReused(running.Pid, _home);
            var port = running is { Port: > 0 } ? running.Port : await LaunchAsync(cancellationToken);
            connection = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = port, Username = SuperUser, Password = password, Database = "postgres" };
        }
        while (!await WaitAndCreateDatabaseAsync(connection.ConnectionString, running, cancellationToken));
        _use ??= await LockAsync("use.lock", FileAccess.Read, FileShare.Read, cancellationToken);
        connection.Database = "sluice";
        return connection.ConnectionString;
    }

    private async Task PrepareDirectoryAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_home);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await _command!.GiveAsync(_home, cancellationToken);
        if (_command.ChangesUser && (await _command.RunAsync("test", ["-w", _home], "/", cancellationToken)).ExitCode != 0)
            throw new EmbeddedPostgresException($"PostgreSQL runs as the user 'postgres' because Sluice runs as root, and that user cannot reach {_home}: a directory above it is closed. Choose another with Sluice:DataDirectory, for example /var/lib/sluice.");
    }

    private async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        // Made beside its place and moved there when complete, so that an interrupted first start leaves nothing that looks like data.
        var draft = Data + ".new";
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        var passwordFile = Path.Combine(_home, "password");
        await File.WriteAllTextAsync(passwordFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)), cancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(passwordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await _command!.GiveAsync(passwordFile, cancellationToken);
        var (exitCode, output) = await _command.RunAsync(_binaries!["initdb"],
            ["-D", draft, "-U", SuperUser, "--auth=scram-sha-256", "--pwfile=" + passwordFile, "--encoding=UTF8", "--no-locale", "--no-sync"], _home, cancellationToken);
        if (exitCode != 0) throw new EmbeddedPostgresException($"The private PostgreSQL could not be made in {_home}: {output}");
        Directory.Move(draft, Data);
        LogInitialised(_home);
    }

    private async Task<int> LaunchAsync(CancellationToken cancellationToken)
    {
        // Another program may take the free port between our look and the server's start.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var settings = new Dictionary<string, string>(options.Settings)
            {
                ["listen_addresses"] = "127.0.0.1",
                ["unix_socket_directories"] = "",
                ["port"] = port.ToString(CultureInfo.InvariantCulture),
            };
            var arguments = string.Join(' ', settings.Select(s => $"-c {s.Key}='{s.Value}'"));
            var seconds = ((int)options.StartTimeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            // pg_ctl detaches the server: Ctrl-C in our terminal ends us, and we end the server in order.
            var (exitCode, output) = await _command!.RunAsync(_binaries!["pg_ctl"], ["start", "-D", Data, "-w", "-t", seconds, "-l", LogFile, "-o", arguments], _home, cancellationToken);
            if (exitCode == 0)
            {
                LogStarted(_home, port);
                return port;
            }

            if (attempt == 3) throw new EmbeddedPostgresException($"The private PostgreSQL in {_home} did not start: {output}{Environment.NewLine}The end of its log:{Environment.NewLine}{await LogTailAsync(cancellationToken)}");
        }
    }

    /// <returns>False where the server that was found has ended: it was on its way out.</returns>
    private async Task<bool> WaitAndCreateDatabaseAsync(string connectionString, Postmaster? found, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var source = NpgsqlDataSource.Create(connectionString);
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = 'sluice'", connection);
                if (await find.ExecuteScalarAsync(cancellationToken) is not null) return true;
                await using var create = new NpgsqlCommand("CREATE DATABASE sluice", connection);
                await create.ExecuteNonQueryAsync(cancellationToken);
                return true;
            }
            catch (NpgsqlException e) when (e is not PostgresException { IsTransient: false, SqlState: not "57P03" })
            {
                // 57P03: it recovers or is on its way up. The caller's deadline ends the wait.
                if (found is not null && (await Postmaster.FindAsync(Data, cancellationToken))?.Pid != found.Pid) return false;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }

    private async Task<FileStream> LockAsync(string name, FileAccess access, FileShare share, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(_home, name), FileMode.OpenOrCreate, access, share);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }

    private async Task<string> LogTailAsync(CancellationToken cancellationToken) =>
        File.Exists(LogFile) ? string.Join(Environment.NewLine, (await File.ReadAllLinesAsync(LogFile, cancellationToken)).TakeLast(10)) : "(no log)";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Ends the server, unless another host uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_use is null || _command is null || _binaries is null) return;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            using var stopping = await LockAsync("start.lock", FileAccess.ReadWrite, FileShare.None, limit.Token);
            await _use.DisposeAsync();
            _use = null;
            if (!IsUnused()) return;
            var (exitCode, output) = await _command.RunAsync(_binaries["pg_ctl"], ["stop", "-D", Data, "-m", "fast", "-w", "-t", "5"], _home, limit.Token);
            if (exitCode != 0) LogNotStopped(_home, output);
        }
        catch (OperationCanceledException)
        {
            LogNotStopped(_home, "no answer within 5 s");
        }
    }

    private bool IsUnused()
    {
        try
        {
            using var alone = new FileStream(Path.Combine(_home, "use.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Made a private PostgreSQL in {Directory}.")]
    private partial void LogInitialised(string directory);

    [LoggerMessage(2, LogLevel.Information, "The private PostgreSQL in {Directory} listens on 127.0.0.1:{Port}.")]
    private partial void LogStarted(string directory, int port);

    [LoggerMessage(3, LogLevel.Information, "The private PostgreSQL in {Directory} still runs as process {Pid}; it is used again.")]
    private partial void LogReused(int pid, string directory);

    [LoggerMessage(4, LogLevel.Warning, "The private PostgreSQL in {Directory} was not stopped: {Reason}. The next start uses it again.")]
    private partial void LogNotStopped(string directory, string reason);
}
