namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>What a faulty UPDATE costs, from the least to the most (RFC 7606 section 2). The names are an API (metrics, logs).</summary>
public enum ErrorAction
{
    /// <summary>The attribute is left out, or the field, and the UPDATE counts.</summary>
    DiscardAttribute,
    /// <summary>The routes of the UPDATE are withdrawn.</summary>
    TreatAsWithdraw,
    /// <summary>The routes of the family are deleted, and later ones ignored for as long as the session lasts (RFC 4760 section 7).</summary>
    DisableFamily,
    /// <summary>The session ends with a NOTIFICATION.</summary>
    ResetSession,
}

/// <summary>What is wrong with a path attribute. The names are an API (metrics, logs); README.md lists them.</summary>
public enum AttributeFault
{
    /// <summary>Optional or transitive bit other than specified (RFC 7606 section 3 c).</summary>
    WrongFlags,
    /// <summary>A length that the attribute cannot have.</summary>
    WrongLength,
    /// <summary>A value that the attribute cannot have.</summary>
    WrongValue,
    /// <summary>It reaches beyond the attributes' total length, or that ends inside its header (RFC 7606 section 4).</summary>
    Overrun,
    /// <summary>A mandatory attribute is not there (RFC 7606 section 3 d).</summary>
    Missing,
    /// <summary>The second of its type (RFC 7606 section 3 g).</summary>
    Repeated,
    /// <summary>This peer has no business to send it: LOCAL_PREF from outside, AS4_PATH from a four-octet speaker.</summary>
    NotFromThisPeer,
    /// <summary>Of a family that the session does not exchange.</summary>
    FamilyNotInUse,
    /// <summary>Said to be well-known, and unknown here (RFC 4271 section 6.3).</summary>
    UnrecognizedWellKnown,
}

/// <summary>One thing that was wrong with an UPDATE, and what it costs.</summary>
/// <param name="Type">Null for the NLRI and withdrawn routes fields, which are no attributes.</param>
/// <param name="Family">The family to disable, or the one that is not in use.</param>
public readonly record struct AttributeFinding(AttributeType? Type, AttributeFault Fault, ErrorAction Action, AddressFamily? Family = null)
{
    public override string ToString() => $"{(Type is { } type ? AttributeTable.NameOf(type) : "NLRI")} {Fault}{(Family is { } family ? $" {family}" : "")}: {Action}";
}
