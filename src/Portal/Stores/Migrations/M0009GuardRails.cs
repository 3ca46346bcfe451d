using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>Tiers, Git marks, freeze windows, and operations that wait for an approval or for their turn.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0009_guard_rails")]
public sealed class M0009GuardRails : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE pipelines ADD COLUMN tier text NOT NULL DEFAULT 'Standard', ADD COLUMN tier_proposal jsonb NULL, ADD COLUMN git_repository text NULL, ADD COLUMN git_path text NULL;

        ALTER TABLE operations ADD COLUMN queued_at timestamptz NULL, ADD COLUMN guards jsonb NULL, ADD COLUMN request jsonb NULL;
        ALTER TABLE operations DROP CONSTRAINT operations_state_check;
        ALTER TABLE operations ADD CONSTRAINT operations_state_check
            CHECK (state IN ('Pending', 'Running', 'Waiting', 'Succeeded', 'Failed', 'Cancelled', 'AwaitingApproval', 'Queued', 'NotStarted'));
        CREATE INDEX operations_held ON operations (queued_at, created_at) WHERE state IN ('AwaitingApproval', 'Queued');

        CREATE TABLE freeze_windows (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            reason text NOT NULL,
            cluster text NULL,
            team text NULL,
            tier text NULL,
            times jsonb NOT NULL,
            may_lift text NOT NULL,
            may_pass boolean NOT NULL,
            version integer NOT NULL CHECK (version >= 1),
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_by text NOT NULL,
            updated_at timestamptz NOT NULL,
            ended_by text NULL,
            ended_at timestamptz NULL,
            ended_why text NOT NULL);
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP TABLE freeze_windows;
        DELETE FROM operations WHERE state IN ('AwaitingApproval', 'Queued', 'NotStarted');
        ALTER TABLE operations DROP CONSTRAINT operations_state_check;
        ALTER TABLE operations ADD CONSTRAINT operations_state_check CHECK (state IN ('Pending', 'Running', 'Waiting', 'Succeeded', 'Failed', 'Cancelled'));
        DROP INDEX operations_held;
        ALTER TABLE operations DROP COLUMN queued_at, DROP COLUMN guards, DROP COLUMN request;
        ALTER TABLE pipelines DROP COLUMN tier, DROP COLUMN tier_proposal, DROP COLUMN git_repository, DROP COLUMN git_path;
        """);
}
