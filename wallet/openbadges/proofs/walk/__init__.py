"""What a document says, in one walk over it, and the tables that the walk reads: what each name says where it stands."""
