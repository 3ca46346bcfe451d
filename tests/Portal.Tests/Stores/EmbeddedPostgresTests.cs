using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using Sluice.Portal.Stores.Embedded;
using Xunit;

namespace Sluice.Portal.Tests.Stores;

/// <summary>The private PostgreSQL, with real servers in directories of their own. As root these prove the change of user too.</summary>
public sealed class EmbeddedPostgresTests : IAsyncDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "sluice-pg-" + Path.GetRandomFileName());
    private readonly List<EmbeddedPostgres> _servers = [];

    [Fact]
    public async Task Start_EmptyDirectory_MakesServerThatKeepsDataBetweenRuns()
    {
        var first = Server();
        var connection = await first.StartAsync(Token);
        await ExecuteAsync(connection, "CREATE TABLE kept (value int); INSERT INTO kept VALUES (42)");
        await first.DisposeAsync();
        File.Exists(PidFile).ShouldBeFalse("the server stops with its host");

        var again = await Server().StartAsync(Token);

        (await ExecuteAsync(again, "SELECT value FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task Start_ServerStillRuns_UsesItAgain()
    {
        var connection = await Server().StartAsync(Token);
        var pid = Pid();

        var second = await Server().StartAsync(Token);

        second.ShouldBe(connection);
        Pid().ShouldBe(pid);
    }

    [Fact]
    public async Task Dispose_AnotherHostUsesTheServer_LeavesItRunning()
    {
        var first = Server();
        var second = Server();
        await first.StartAsync(Token);
        var connection = await second.StartAsync(Token);

        await first.DisposeAsync();
        (await ExecuteAsync(connection, "SELECT 1")).ShouldBe(1);
        await second.DisposeAsync();

        File.Exists(PidFile).ShouldBeFalse();
    }

    [Fact]
    public async Task Start_AfterServerWasKilled_RecoversCommittedRows()
    {
        var connection = await Server().StartAsync(Token);
        await ExecuteAsync(connection, "CREATE TABLE kept (value int); INSERT INTO kept VALUES (7)");
        using (var process = Process.GetProcessById(Pid())) process.Kill();
        File.Exists(PidFile).ShouldBeTrue("a killed server leaves its pid file");

        var again = await Server().StartAsync(Token);

        (await ExecuteAsync(again, "SELECT value FROM kept")).ShouldBe(7);
    }

    [Fact]
    public async Task Start_PidFileNamesAnotherProgram_StartsAnyway()
    {
        var server = Server();
        await server.StartAsync(Token);
        await server.DisposeAsync();
        await File.WriteAllTextAsync(PidFile, $"{Environment.ProcessId}\n{Path.Combine(_directory, "pgdata")}\n0\n1\n\n127.0.0.1\n", Token);

        var connection = await Server().StartAsync(Token);

        (await ExecuteAsync(connection, "SELECT 1")).ShouldBe(1);
        Pid().ShouldNotBe(Environment.ProcessId);
    }

    [Fact]
    public async Task Start_InterruptedFirstStart_BeginsAnew()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "pgdata.new", "base"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "pgdata.new", "PG_VERSION"), "15", Token);

        var connection = await Server().StartAsync(Token);

        (await ExecuteAsync(connection, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Connect_WithoutThePassword_IsRefused()
    {
        var connection = await Server().StartAsync(Token);
        var wrong = new NpgsqlConnectionStringBuilder(connection) { Password = "wrong", Pooling = false }.ConnectionString;

        var refused = await Should.ThrowAsync<PostgresException>(() => ExecuteAsync(wrong, "SELECT 1"));

        refused.SqlState.ShouldBe("28P01");
    }

    [Fact]
    public async Task Start_AsRoot_RunsTheServerAsPostgres()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root changes the user");
        await Server().StartAsync(Token);

        var status = await File.ReadAllLinesAsync($"/proc/{Pid()}/status", Token);

        status.Single(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1].ShouldNotBe("0");
    }

    [Fact]
    public async Task Start_DataOfAnUnknownVersion_NamesThePackageToInstall()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "pgdata"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "pgdata", "PG_VERSION"), "9\n", Token);

        var refused = await Should.ThrowAsync<EmbeddedPostgresException>(() => Server().StartAsync(Token));

        refused.Message.ShouldContain("apt-get install postgresql-9");
    }

    [Fact]
    public void Find_NoPrograms_NamesThePackageAndTheSetting()
    {
        var refused = Should.Throw<EmbeddedPostgresException>(() => PostgresBinaries.Find("/nowhere", null));

        refused.Message.ShouldContain("/nowhere");
        refused.Message.ShouldContain("Sluice:Database:Binaries");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PidFile => Path.Combine(_directory, "pgdata", "postmaster.pid");

    private int Pid() => int.Parse(File.ReadLines(PidFile).First(), CultureInfo.InvariantCulture);

    private EmbeddedPostgres Server()
    {
        var server = new EmbeddedPostgres(new() { Directory = _directory }, NullLogger.Instance);
        _servers.Add(server);
        return server;
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
