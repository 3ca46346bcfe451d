namespace Sluice.Domain.Access;

/// <summary>Who asked for something, as it is recorded in operations and revisions.</summary>
/// <param name="Name">The signed-in name, for example <c>demo</c> or <c>token:ci</c>.</param>
public sealed record Actor(string Name);
