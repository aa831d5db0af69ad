"""Robots of group chats: the third way out, for counts and places, never for people or cases."""
