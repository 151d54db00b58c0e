-- Which face of the server an application asked (core/clients/authorizations): the answer names it, whoever shows the request.
-- Absent in requests from before, which live for minutes.

alter table auth.oauth_requests add column issuer text;
