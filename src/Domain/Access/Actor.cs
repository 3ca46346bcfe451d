namespace Sluice.Domain.Access;

/// <summary>Who asked for something, as it is recorded in operations and revisions.</summary>
/// <param name="Name">The signed-in name, for example <c>demo</c> or <c>token:ci</c>.</param>
public sealed record Actor(string Name)
{
    private const string TokenOf = "token:";

    /// <summary>The person behind the name: who signs in and who uses that person's token are the same, and cannot approve for each other.</summary>
    public string Person => Name.StartsWith(TokenOf, StringComparison.Ordinal) ? Name[TokenOf.Length..] : Name;

    /// <summary>True where both names stand for one person.</summary>
    public bool IsSamePerson(string name) => string.Equals(Person, new Actor(name).Person, StringComparison.OrdinalIgnoreCase);
}
