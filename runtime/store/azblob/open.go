package azblob

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Settings are those that only Azure Blob Storage has.
type Settings struct {
	Account  string
	Domain   string // of all accounts, blob.core.windows.net for one
	Protocol string // https or http
	Emulator bool   // the account is in the path of addresses, not in their host
}

// Set takes one setting under its name in the URLs of gocloud.dev.
func Set(common *backend.Settings, own *Settings, name, value string) (err error) {
	switch name {
	case "endpoint":
		common.Endpoint = value
	case "storage_account":
		own.Account = value
	case "domain":
		own.Domain = value
	case "protocol":
		if value != "http" && value != "https" {
			return fmt.Errorf("protocol is http or https, not %q", value)
		}
		own.Protocol = value
	case "localemu":
		own.Emulator, err = backend.Boolean(name, value)
	default:
		return fmt.Errorf("unknown setting %q; known are storage_account, domain, protocol, localemu and endpoint", name)
	}
	return err
}

// account is a storage account, and who asks it.
type account struct {
	Settings
	endpoint string // its URL; empty if that follows from the settings

	key, sas   string // one of them, if any, is the credential
	connection string // a connection string says all of the above
}

// accountOf returns the account of the settings, with what they leave open
// taken from the environment.
func accountOf(common backend.Settings, own Settings, getenv func(string) string) (account, error) {
	a := account{Settings: own, endpoint: common.Endpoint}
	if a.endpoint != "" {
		u, err := url.Parse(a.endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return a, fmt.Errorf("the endpoint %s of Azure Blob Storage: expected https://ACCOUNT.blob.core.windows.net", a.endpoint)
		}
		a.Account = accountAt(u)
	}
	var err error
	if a.key, err = common.Credentials.Key.Value(getenv); err != nil {
		return a, err
	}
	return a.or(getenv), nil
}

// accountAt returns the name of the account that is at an address: the first
// label of the host, or the path where the host is not that account's own.
func accountAt(u *url.URL) string {
	if in := strings.Trim(u.Path, "/"); in != "" {
		return in
	}
	account, _, _ := strings.Cut(u.Hostname(), ".")
	return account
}

// or returns the account with what is open taken from the environment, by the
// names that Azure's tools and gocloud.dev use. The credentials go with the
// account.
func (a account) or(getenv func(string) string) account {
	account := getenv("AZURE_STORAGE_ACCOUNT")
	fill := func(value *string, name string) {
		if *value == "" {
			*value = getenv(name)
		}
	}
	if a.key == "" && a.sas == "" && (a.Account == "" || account == "" || a.Account == account) {
		a.key, a.sas = getenv("AZURE_STORAGE_KEY"), getenv("AZURE_STORAGE_SAS_TOKEN")
		if a.endpoint == "" {
			fill(&a.connection, "AZURE_STORAGE_CONNECTION_STRING")
		}
	}
	fill(&a.Account, "AZURE_STORAGE_ACCOUNT")
	fill(&a.Domain, "AZURE_STORAGE_DOMAIN")
	fill(&a.Protocol, "AZURE_STORAGE_PROTOCOL")
	a.Emulator = a.Emulator || getenv("AZURE_STORAGE_IS_LOCAL_EMULATOR") == "true"
	return a
}

// Open opens a container. It asks the store nothing.
func Open(name string, common backend.Settings, own Settings, environment backend.Environment) (backend.Bucket, error) {
	account, err := accountOf(common, own, environment.Getenv)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: environment.Transport()}
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: client}}
	options.Retry.MaxRetries = -1 // requests asks again
	b := Bucket{requests: environment.Requests.AtMost(common.Attempts)}
	if account.connection != "" {
		b.client, err = container.NewClientFromConnectionString(account.connection, name, options)
		return b, explain(err)
	}
	address, err := account.address(name)
	if err != nil {
		return nil, err
	}
	b.client, err = account.open(address, options, environment.Getenv)
	return b, explain(err)
}

func explain(err error) error {
	if err != nil {
		return fmt.Errorf("Azure's settings: %w", err)
	}
	return nil
}

// address returns the URL of a container.
func (a account) address(name string) (string, error) {
	if a.endpoint != "" {
		return strings.TrimSuffix(a.endpoint, "/") + "/" + name, nil
	}
	if a.Account == "" {
		return "", errors.New("no storage account: set AZURE_STORAGE_ACCOUNT, or add ?storage_account=NAME to the pipeline root")
	}
	u := url.URL{Scheme: "https", Host: "blob.core.windows.net", Path: "/" + name}
	if a.Emulator {
		u.Scheme, u.Host = "http", "127.0.0.1:10000"
	}
	if a.Domain != "" {
		u.Host = a.Domain
	}
	if a.Protocol != "" {
		u.Scheme = a.Protocol
	}
	if a.Emulator || isLocal(u.Hostname()) {
		u.Path = "/" + a.Account + u.Path
	} else {
		u.Host = a.Account + "." + u.Host
	}
	return u.String(), nil
}

// isLocal reports whether a host is this machine.
func isLocal(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// open opens a container with the credential that there is. Without any, the
// pod's own identity is one.
func (a account) open(address string, options *container.ClientOptions, getenv func(string) string) (*container.Client, error) {
	switch {
	case a.key != "":
		key, err := container.NewSharedKeyCredential(a.Account, a.key)
		if err != nil {
			return nil, err
		}
		return container.NewClientWithSharedKeyCredential(address, key, options)
	case a.sas != "":
		return container.NewClientWithNoCredential(address+"?"+strings.TrimPrefix(a.sas, "?"), options)
	}
	found, err := identity(azcore.ClientOptions{Transport: options.Transport}, getenv)
	if err != nil {
		return nil, err
	}
	return container.NewClient(address, found, options)
}

// identity returns who the pod is to Azure: a service account with a
// workload identity, an application with a secret, or else the managed identity
// of the machine. Tokens are asked for with the patience of the SDK, which knows
// what the services behind them mean.
func identity(options azcore.ClientOptions, getenv func(string) string) (azcore.TokenCredential, error) {
	tenant, application := getenv("AZURE_TENANT_ID"), getenv("AZURE_CLIENT_ID")
	host := getenv("AZURE_AUTHORITY_HOST")
	if host != "" {
		options.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: host}
	}
	managed := azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
	options.Retry.MaxRetries = 6 // which takes most of a minute; the machine's own service has rules of its own
	if token := getenv("AZURE_FEDERATED_TOKEN_FILE"); token != "" {
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: options, ClientID: application, TenantID: tenant, TokenFilePath: token,
			DisableInstanceDiscovery: host != "",
		})
	}
	if secret := getenv("AZURE_CLIENT_SECRET"); secret != "" {
		return azidentity.NewClientSecretCredential(tenant, application, secret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: host != "",
		})
	}
	if application != "" {
		managed.ID = azidentity.ClientID(application)
	}
	return azidentity.NewManagedIdentityCredential(&managed)
}
